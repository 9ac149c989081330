// A front end of Apollo's as far as types go: the generated documents and the schema's possible types fit it.
import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";
import { Assess, Board, IssueEvents } from "./codegen/operations.ts";
import generated from "./codegen/__generated__/possible-types.ts";

export const client = new ApolloClient({
  cache: new InMemoryCache({ possibleTypes: generated.possibleTypes }),
  link: new HttpLink({ uri: "/graphql" }),
});

export async function overdue(): Promise<number> {
  const { data } = await client.query({
    query: Board,
    variables: { where: { overdue: true, stages: ["HANDLING"] }, first: 20 },
  });
  return data?.issues.totalCount ?? 0;
}

export async function assess(issue: string): Promise<string> {
  const { data } = await client.mutate({
    mutation: Assess,
    variables: { input: { idempotencyKey: "a key", issue, level: "GENERAL" } },
  });
  const result = data?.assessIssue;
  return result?.__typename === "IssueAssessed" ? "assessed" : (result?.message ?? "");
}

export const follow = (after: string) =>
  client.subscribe({ query: IssueEvents, variables: { after } });
