// Mercurius on Fastify with its just-in-time compiler, and for each of the five questions one statement written for
// just that question, whatever is selected: no server for a schema, but a floor in Node. The statements are the
// floor's (bench/statements.json), prepared once a connection; PostgreSQL builds the JSON.
import { readFileSync } from "node:fs";
import fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";
import { schema } from "./schema.mjs";

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
