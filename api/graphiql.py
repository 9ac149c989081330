"""GraphiQL in development, served from its own npm packages: the page asks no other host for anything."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

HERE = Path(__file__).resolve().parent
TEMPLATE = HERE / "graphiql.html"
EXAMPLES = HERE / "examples"
NODE_MODULES = HERE.parent / "node_modules"
ASSETS: Mapping[str, str] = {
    "graphiql.min.css": "graphiql/graphiql.min.css",
    "graphiql.min.js": "graphiql/graphiql.min.js",
    "react.production.min.js": "react/umd/react.production.min.js",
    "react-dom.production.min.js": "react-dom/umd/react-dom.production.min.js",
}
START = """
const config = JSON.parse(document.getElementById("config").textContent);
const send = (url, options) => {
  const headers = { ...options.headers };
  for (const name of Object.keys(headers)) {
    // The prefilled header has no token yet: an empty one would be refused, none at all is the public.
    const token = name.toLowerCase() !== "authorization" || /^bearer\\s+\\S/i.test(headers[name]);
    if (!token) delete headers[name];
  }
  return fetch(url, { ...options, headers });
};
ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher: GraphiQL.createFetcher({ url: config.endpoint, fetch: send }),
    defaultTabs: config.tabs,
    defaultHeaders: config.headers,
    defaultEditorToolsVisibility: "headers",
    shouldPersistHeaders: true,
  }),
);
"""
"""Inline, so that the page needs no further file; the policy admits it by its hash."""


class GraphiQLPage:
    """The page and its assets. `node_modules` holds graphiql, react and react-dom."""

    def __init__(
        self, endpoint: str = "/graphql", *, node_modules: Path = NODE_MODULES, examples: Path = EXAMPLES
    ) -> None:
        self._endpoint = endpoint
        self._node_modules = node_modules
        self._examples = examples

    def __call__(self) -> tuple[str, Mapping[str, str]]:
        """The HTML and the headers that go with it. Examples are read anew, so that one can be edited."""
        config = {"endpoint": self._endpoint, "tabs": self.tabs(), "headers": HEADERS}
        text = json.dumps(config, ensure_ascii=False).replace("<", "\\u003c")
        page = self._template.replace("{{config}}", text).replace("{{start}}", START)
        return page, {
            "Content-Security-Policy": POLICY,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }

    def tabs(self) -> list[dict[str, Any]]:
        """One tab for each `*.graphql` file, by name; `<name>.json` beside it holds its variables."""
        return [
            {
                "query": file.read_text("utf-8"),
                "variables": variables.read_text("utf-8")
                if (variables := file.with_suffix(".json")).exists()
                else "",
                "headers": HEADERS,
            }
            for file in sorted(self._examples.glob("*.graphql"))
        ]

    @property
    def routes(self) -> list[BaseRoute]:
        return [Route("/graphiql/assets/{name}", self._asset)]

    @cached_property
    def _template(self) -> str:
        return TEMPLATE.read_text("utf-8")

    async def _asset(self, request: Request) -> Response:
        inside = ASSETS.get(request.path_params["name"])
        if inside is None or not (self._node_modules / inside).is_file():
            return PlainTextResponse("No such file; `make setup` installs GraphiQL.", 404)
        return FileResponse(
            self._node_modules / inside,
            headers={"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"},
        )


HEADERS = json.dumps({"Authorization": "Bearer ", "Accept-Language": "en"}, indent=2)


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


POLICY = "; ".join(
    (
        "default-src 'none'",
        f"script-src 'self' 'sha256-{_hash(START)}'",
        "style-src 'self' 'unsafe-inline'",  # GraphiQL's menus write style elements
        "font-src 'self' data:",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
