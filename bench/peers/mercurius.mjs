// Mercurius on Fastify with its just-in-time compiler, as its documentation shows it: hand-written SQL in the
// resolvers of Query and in loaders, which batch what the fields of many objects ask for. Each statement is
// prepared once a connection; rows come back as columns.
import fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";
import { schema } from "./schema.mjs";

pg.types.setTypeParser(1184, (text) => text); // instants as PostgreSQL writes them: no Date for each

const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  max: 8,
  options: "-c plan_cache_mode=force_generic_plan",
});

async function rows(name, text, values) {
  return (await pool.query({ name, text, values })).rows;
}

const ISSUE = `id, code, title, place, level, stage, source, opened_at AS "openedAt", due_at AS "dueAt",
  closed_at AS "closedAt", street_id, community_id, grid_id, department_id`;

// One row for each object, in the order asked.
function byId(name, columns, table, column) {
  return async (queries) => {
    const ids = [...new Set(queries.map(({ obj }) => obj[column]).filter(Boolean))];
    const found = await rows(name, `SELECT ${columns} FROM ${table} WHERE id = ANY($1::uuid[])`, [ids]);
    const known = new Map(found.map((row) => [row.id, row]));
    return queries.map(({ obj }) => known.get(obj[column]) ?? null);
  };
}

// The rows of each object, as lists, in the order asked.
function listed(name, text, column, values = () => []) {
  return async (queries) => {
    const found = await rows(name, text, [queries.map(({ obj }) => obj.id), ...values()]);
    const lists = new Map(queries.map(({ obj }) => [obj.id, []]));
    for (const row of found) lists.get(row[column]).push(row);
    return queries.map(({ obj }) => lists.get(obj.id));
  };
}

// Q1 asks for the last three entries, Q2 for all up to a hundred.
const timeline = listed(
  "timeline",
  `SELECT e.id, e.kind, e.at, e.note, e.issue_id FROM unnest($1::uuid[]) AS i(id) CROSS JOIN LATERAL (
     SELECT * FROM timeline_entries t WHERE t.issue_id = i.id ORDER BY t.seq LIMIT 100) e ORDER BY e.issue_id, e.seq`,
  "issue_id",
);
const lastThree = listed(
  "last_three",
  `SELECT e.id, e.kind, e.at, e.note, e.issue_id FROM unnest($1::uuid[]) AS i(id) CROSS JOIN LATERAL (
     SELECT * FROM timeline_entries t WHERE t.issue_id = i.id ORDER BY t.seq DESC LIMIT 3) e ORDER BY e.issue_id, e.seq`,
  "issue_id",
);

const resolvers = {
  Query: {
    handled: (_, { street }) =>
      rows(
        "handled",
        `SELECT ${ISSUE}, true AS handled FROM issues WHERE street_id = $1 AND stage = 'HANDLING'
         ORDER BY due_at, id LIMIT 50`,
        [street],
      ),
    issue: async (_, { id }) => (await rows("issue", `SELECT ${ISSUE} FROM issues WHERE id = $1`, [id]))[0],
    streets: () =>
      rows("streets", `SELECT id, code, name_zh AS "nameZh", name_en AS "nameEn" FROM streets
        ORDER BY code, id LIMIT 50`),
    street: async (_, { id }) =>
      (await rows("street", `SELECT id, code, name_zh AS "nameZh", name_en AS "nameEn" FROM streets WHERE id = $1`, [id]))[0],
    issues: (_, { district }) =>
      rows("issues", `SELECT ${ISSUE} FROM issues WHERE district_id = $1 ORDER BY opened_at, id LIMIT 1000`, [district]),
  },
};

const loaders = {
  Issue: {
    street: byId("issue_street", `id, code, name_zh AS "nameZh", name_en AS "nameEn"`, "streets", "street_id"),
    community: byId("issue_community", `id, name_zh AS "nameZh"`, "communities", "community_id"),
    grid: byId("issue_grid", "id, code", "grids", "grid_id"),
    department: byId("issue_department", `id, name_zh AS "nameZh"`, "departments", "department_id"),
    timeline: async (queries) => (queries[0].obj.handled ? lastThree(queries) : timeline(queries)),
    evidence: listed(
      "evidence",
      `SELECT p.id, p.kind, p.content_type AS "contentType", p.announced_at AS "announcedAt", p.issue_id
       FROM evidence p WHERE p.issue_id = ANY($1::uuid[]) ORDER BY p.issue_id, p.announced_at, p.id`,
      "issue_id",
    ),
  },
  Street: {
    communities: listed(
      "communities",
      `SELECT c.id, c.name_zh AS "nameZh", c.street_id, coalesce(f.open, 0)::int AS "openCount",
         coalesce(f.overdue, 0)::int AS "overdueCount"
       FROM communities c CROSS JOIN LATERAL (
         SELECT sum(t.open) AS open, sum(t.overdue) AS overdue FROM tallies t
         WHERE t.unit_id = c.id AND t.due_at <= $2) f
       WHERE c.street_id = ANY($1::uuid[]) ORDER BY c.street_id, c.code, c.id`,
      "street_id",
      () => [new Date()],
    ),
  },
};

const app = fastify({ logger: false });
app.register(mercurius, { schema, resolvers, loaders, jit: 1, graphiql: false });
await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
