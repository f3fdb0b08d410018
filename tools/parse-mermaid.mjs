// Parses flowcharts with the npm package `mermaid`: "ok FILE" or "FAILED FILE: message", a line each.
import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";

const { window } = new JSDOM("");
globalThis.window = window;
globalThis.document = window.document;
const { default: mermaid } = await import("mermaid");
mermaid.initialize({ startOnLoad: false, securityLevel: "strict" });

for (const file of process.argv.slice(2)) {
  try {
    await mermaid.parse(readFileSync(file, "utf8"));
    console.log(`ok ${file}`);
  } catch (error) {
    console.log(`FAILED ${file}: ${String(error.message).split("\n").slice(0, 3).join(" ")}`);
  }
}
