// Mercurius on Fastify with its just-in-time compiler, and for each field of Query one hand-written statement,
// prepared once a connection, whose JSON PostgreSQL builds. The statements are the floor's (bench/statements.json).
import { readFileSync } from "node:fs";
import fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";

const statements = JSON.parse(readFileSync(process.env.STATEMENTS, "utf8"));
const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  max: 8,
  options: "-c plan_cache_mode=force_generic_plan",
});

async function asked(name, values) {
  const { rows } = await pool.query({ name, text: statements[name], values });
  return rows[0].answer;
}

const schema = /* GraphQL */ `
  type Street { id: ID! code: String! nameZh: String! nameEn: String! communities: [Community!]! }
  type Community { id: ID! nameZh: String! openCount: Int! overdueCount: Int! }
  type Grid { id: ID! code: String! }
  type Department { id: ID! nameZh: String! }
  type TimelineEntry { id: ID! kind: String! at: String! note: String }
  type Evidence { id: ID! kind: String! contentType: String! announcedAt: String! }
  type Issue {
    id: ID! code: String! title: String! place: String! level: String! stage: String! source: String!
    openedAt: String! dueAt: String closedAt: String
    street: Street! community: Community grid: Grid department: Department
    timeline: [TimelineEntry!]! evidence: [Evidence!]!
  }
  type Query {
    handled(street: ID!): [Issue!]!
    issue(id: ID!): Issue
    streets: [Street!]!
    street(id: ID!): Street
    issues(district: ID!): [Issue!]!
  }
`;

const resolvers = {
  Query: {
    handled: (_, { street }) => asked("Q1", [street]),
    issue: (_, { id }) => asked("Q2", [id]),
    streets: () => asked("Q3", [new Date()]),
    street: (_, { id }) => asked("Q4", [id]),
    issues: (_, { district }) => asked("Q5", [district]),
  },
};

const app = fastify({ logger: false });
app.register(mercurius, { schema, resolvers, jit: 1, graphiql: false });
await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
