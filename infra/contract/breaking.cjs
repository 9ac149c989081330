// What a schema takes away from another: `node breaking.cjs RELEASED CURRENT` prints the breaking changes as
// JSON, each with the path of what it is about and what happened to it.
const { readFileSync } = require("node:fs");
const { CriticalityLevel, diff } = require("@graphql-inspector/core");
const { buildSchema } = require("graphql");

const [released, current] = process.argv.slice(2).map((path) => buildSchema(readFileSync(path, "utf8")));

diff(released, current).then((changes) => {
  const breaking = changes
    .filter((change) => change.criticality.level === CriticalityLevel.Breaking)
    .map(({ path, message }) => ({ path, message }));
  process.stdout.write(JSON.stringify(breaking));
});
