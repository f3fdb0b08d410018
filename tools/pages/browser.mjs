// The browser, and the counting of what was tried.
import { chromium } from "playwright-core";

/// Without these Chromium talks to hosts of its own, which no test wants, and does not start as root.
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

let passed = 0;
let failed = 0;

/// One claim and whether it holds.
export function expect(claim, holds, seen) {
  if (holds) {
    passed += 1;
  } else {
    failed += 1;
    console.log(`FAILED: ${claim}${seen === undefined ? "" : `\n  seen: ${JSON.stringify(seen)}`}`);
  }
}

export const launch = () => chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });

/// A file in a window of its own, with everything noted that a page must not do.
export async function open(browser, url, options = {}) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
  const noted = [];
  page.on("console", (message) => noted.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => noted.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (request.url() !== url.split("#")[0]) noted.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  return { page, noted };
}

/// Prints the total; the exit code of a test run.
export function total() {
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}
