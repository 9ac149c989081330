// Runs the audits of graphql-http against a server and prints their results as JSON: node audit.cjs URL
const { serverAudits } = require("graphql-http");

const main = async () => {
  const results = [];
  for (const audit of serverAudits({ url: process.argv[2] })) {
    const result = await audit.fn();
    results.push({ id: audit.id, name: audit.name, status: result.status, reason: result.reason ?? null });
  }
  console.log(JSON.stringify(results));
};

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
