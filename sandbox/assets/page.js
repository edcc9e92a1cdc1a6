// Draws the document that the page names. Only what the sandbox serves itself can be tried out.
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
  // The badge would send the document to somebody else's server.
  validatorUrl: "none",
});
