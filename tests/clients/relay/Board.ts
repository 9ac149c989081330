import { graphql } from "relay-runtime";

export const query = graphql`
  query BoardQuery($where: IssueWhere, $first: Int!) {
    viewer {
      subject
      unreadCount
    }
    ...Board_issues @arguments(where: $where, first: $first)
  }
`;

export const list = graphql`
  fragment Board_issues on Query
  @argumentDefinitions(
    where: { type: "IssueWhere" }
    first: { type: "Int", defaultValue: 20 }
    after: { type: "String" }
    last: { type: "Int" }
    before: { type: "String" }
  )
  @refetchable(queryName: "BoardPaginationQuery") {
    issues(
      where: $where
      orderBy: { field: DUE_AT }
      first: $first
      after: $after
      last: $last
      before: $before
    ) @connection(key: "Board_issues", filters: ["where"]) {
      totalCount
      edges {
        node {
          id
          ...Board_issue
        }
      }
    }
  }
`;

export const row = graphql`
  fragment Board_issue on Issue {
    id
    code
    title
    level
    stage
    stageLabel
    light
    dueAt
    street {
      nameZh
      nameEn
    }
    department {
      nameZh
    }
  }
`;
