// Renders the page's OpenAPI document. Only operations served by the sandbox can be tried out.
"use strict";

const page = document.getElementById("page");
const methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

SwaggerUIBundle({
  url: page.dataset.document,
  domNode: page,
  deepLinking: true,
  displayRequestDuration: true,
  filter: true,
  supportedSubmitMethods: "tryItOut" in page.dataset ? methods : [],
  // The validator badge would send the document to an external server.
  validatorUrl: "none",
});
