// PostGraphile 5 as its documentation sets it up for production: simple names, no watching, no GraphiQL,
// no explain. Figures are its own kind of computed column, SQL functions that bench/peers.py makes.
import { createServer } from "node:http";
import { PgSimplifyInflectionPreset } from "@graphile/simplify-inflection";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const preset = {
  extends: [PostGraphileAmberPreset, PgSimplifyInflectionPreset],
  pgServices: [
    makePgService({ connectionString: process.env.DATABASE_URL, schemas: ["public"], poolConfig: { max: 8 } }),
  ],
  grafserv: { watch: false, graphiql: false, graphqlPath: "/graphql" },
  grafast: { explain: false },
  schema: { defaultBehavior: "-insert -update -delete" },
};

const server = createServer();
server.on("error", (fault) => {
  console.error(fault);
  process.exit(1);
});
const serv = postgraphile(preset).createServ(grafserv);
await serv.addTo(server);
server.listen(Number(process.env.PORT), "127.0.0.1");
if (process.argv.includes("--schema")) {
  const { printSchema } = await import("graphql");
  console.log(printSchema(await postgraphile(preset).getSchema()));
  process.exit(0);
}
