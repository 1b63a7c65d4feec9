// n8n's router with handlers that only say which of them was reached: the patterns are those of its abstract-server.js.
const express = require(require.resolve("express", { paths: [process.argv[2]] }));

const app = express();
const reached = (name) => (request, response) => response.json({ route: name, url: request.url, params: request.params });

for (const endpoint of ["form", "webhook", "mcp", "form-test", "webhook-test", "mcp-test"]) {
    app.all(`/${endpoint}/*path`, reached("public"));
}
for (const endpoint of ["form-waiting", "webhook-waiting"]) {
    app.all(`/${endpoint}/:path{/:suffix}`, reached("public"));
}
app.get("/metrics", reached("metrics"));
app.all("/rest/users/:id", reached("user"));
app.all("/rest/*path", reached("rest"));
app.use(express.static(__dirname, { index: false, dotfiles: "deny" }));
app.use(reached("editor"));
app.use((error, request, response, next) => response.status(error.status || 500).json({ route: "error" }));

const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));
