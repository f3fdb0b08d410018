// The report of `check` as people use it.
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
import { expect, open } from "./browser.mjs";

const axe = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/// How long a page of 5,000 findings may take to open, and one filter to act, in milliseconds on a busy machine.
const OPEN_MAX = 5000;
const FILTER_MAX = 1500;

const shown = (page) => page.locator(".shown").textContent();
const visible = (page) => page.locator(".entry:visible").count();
const settled = (page) => page.waitForTimeout(300);

export async function testReport(browser, url, screenshots) {
  await filters(browser, url);
  await environments(browser, url);
  await keyboard(browser, url);
  await links(browser, url);
  await withoutScript(browser, url);
  await printed(browser, url, screenshots);
  for (const name of ["article.html", "nested.html", "nested-graph.html", "environments.html"]) {
    for (const colorScheme of ["light", "dark"]) await accessible(browser, url(name), name, colorScheme, screenshots);
  }
  await large(browser, url, screenshots);
}

async function filters(browser, url) {
  const { page, noted } = await open(browser, url("nested.html"));
  const all = await visible(page);
  const total = `${all} of ${all} shown`;
  expect("all findings are shown at first", all > 10 && (await shown(page)) === total, [all, await shown(page)]);

  const errors = await page.locator('.entry[data-class="error"]').count();
  for (const box of await page.locator('[name="class"]:not([value="error"])').all()) await box.uncheck();
  await settled(page);
  expect("severities filter", (await visible(page)) === errors && errors > 0, [await visible(page), errors]);
  expect("the number is said", (await shown(page)) === `${errors} of ${all} shown`, await shown(page));
  await page.getByRole("button", { name: "Reset filters" }).click();
  await settled(page);
  expect("a reset shows all again", (await visible(page)) === all);

  for (const name of ["Rule", "Stack", "File"]) {
    const select = page.getByLabel(name, { exact: true });
    const option = select.locator("option").nth(1);
    const count = Number((await option.textContent()).match(/\((\d+)\)\s*$/)[1]);
    await select.selectOption({ index: 1 });
    await settled(page);
    expect(`the choice of ${name} filters, and as many as it says`, (await visible(page)) === count, [await visible(page), count]);
    await page.getByRole("button", { name: "Reset filters" }).click();
    await settled(page);
  }

  await page.getByLabel("Text").fill("public ip");
  await settled(page);
  const texts = await page.locator(".entry:visible").evaluateAll((found) => found.map((one) => one.textContent.toLowerCase()));
  expect("words filter", texts.length > 0 && texts.every((text) => text.includes("public") && text.includes("ip")), texts.length);
  const files = await page.locator(".file:visible").count();
  expect("files without a finding are left out", files < (await page.locator(".file").count()), files);
  await page.getByRole("button", { name: "Expand those shown" }).click();
  expect("what is shown expands", (await page.locator(".entry[open]").count()) === texts.length);
  await page.getByRole("button", { name: "Collapse all" }).click();
  expect("and collapses", (await page.locator(".entry[open]").count()) === 0);
  await page.getByLabel("Text").fill("nothing is called like this");
  await settled(page);
  expect("nothing found is said", (await shown(page)) === `0 of ${all} shown`, await shown(page));
  expect("the page loads nothing and complains about nothing", noted.length === 0, noted);
  await page.close();
}

async function environments(browser, url) {
  const { page, noted } = await open(browser, url("environments.html"));
  const all = await visible(page);
  const select = page.getByLabel("Environment", { exact: true });
  const counts = {};
  for (const option of await select.locator("option:not([value=''])").all()) {
    const [, name, count] = (await option.textContent()).match(/^(.+) \((\d+)\)\s*$/);
    await select.selectOption(await option.getAttribute("value"));
    await settled(page);
    const shown = await page.locator(".entry:visible .env").allTextContents();
    expect(`environment ${name} filters, and as many as it says`, shown.length === Number(count), [shown, count]);
    expect(`what is shown says that it holds in ${name}`, shown.every((text) => text.slice(4).split(", ").includes(name)), shown);
    counts[name] = shown.length;
  }
  expect("production has more findings than staging", counts.prod > counts.staging && counts.prod <= all, [counts, all]);
  await select.focus();
  expect("the choice of an environment takes the keyboard", await select.evaluate((one) => one === document.activeElement));
  expect("the picture says its environment", (await page.locator("#picture").textContent()) === "Architecture in environment staging");
  expect("environments filter in silence", noted.length === 0, noted);
  await page.close();
}

async function keyboard(browser, url) {
  const { page } = await open(browser, url("nested.html"));
  await page.keyboard.press("Tab");
  const skip = await page.evaluate(() => document.activeElement.textContent);
  expect("the first stop skips to the findings", skip.includes("Skip"), skip);
  await page.keyboard.press("Enter");
  const reached = await page.evaluate(() => document.activeElement.id || location.hash);
  expect("and does", reached.includes("list"), reached);
  const stops = [];
  for (let at = 0; at < 40; at += 1) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const element = document.activeElement;
      const outline = getComputedStyle(element).outlineStyle;
      return [element.localName, element.name || "", outline];
    });
    stops.push(stop);
    if (stop[0] === "summary") break;
  }
  const names = stops.map((stop) => stop[1]);
  for (const name of ["class", "rule", "stack", "file", "text", "expand", "collapse"]) {
    expect(`${name} is reached by the keyboard`, names.includes(name), names);
  }
  expect("the place of the keyboard is seen", stops.every((stop) => stop[2] !== "none"), stops);
  const before = await page.evaluate(() => document.activeElement.parentElement.open);
  await page.keyboard.press("Enter");
  const after = await page.evaluate(() => document.activeElement.parentElement.open);
  expect("a finding opens by the keyboard", before === false && after === true, [before, after]);
  await page.close();
}

async function links(browser, url) {
  const { page, noted } = await open(browser, url("nested.html"));
  const badge = page.locator(".picture a").first();
  const target = await badge.getAttribute("href");
  // From the picture to a finding that a filter hides.
  await page.getByLabel("Text").fill("nothing is called like this");
  await settled(page);
  await badge.click();
  await settled(page);
  const entry = page.locator(`[id="${target.slice(1)}"]`);
  expect("a number of the picture leads to its finding", (await entry.isVisible()) && (await entry.evaluate((one) => one.open)), target);
  expect("and it is in the window", await entry.locator("summary").evaluate((one) => one.getBoundingClientRect().top < innerHeight));
  const back = entry.locator('a[href^="#p-"]');
  const part = await back.getAttribute("href");
  await back.click();
  await settled(page);
  const box = await page.locator(`[id="${part.slice(1)}"]`).evaluate((one) => {
    const rect = one.getBoundingClientRect();
    return rect.bottom > 0 && rect.top < innerHeight;
  });
  expect("a finding leads back to the picture", box, part);
  const rule = entry.locator('a[href^="#r-"]');
  const page_of = await rule.getAttribute("href");
  await entry.evaluate((one) => { one.open = true; });
  await rule.click();
  await settled(page);
  expect("a finding leads to its rule", await page.locator(`[id="${page_of.slice(1)}"]`).evaluate((one) => one.open), page_of);
  expect("following links is quiet", noted.length === 0, noted);
  await page.close();

  const deep = await open(browser, url("nested.html") + target);
  const found = deep.page.locator(`[id="${target.slice(1)}"]`);
  expect("the address of a finding opens it", await found.evaluate((one) => one.open));
  await deep.page.waitForTimeout(300);
  expect("and shows it", await found.locator("summary").evaluate((one) => {
    const rect = one.getBoundingClientRect();
    return rect.top >= 0 && rect.bottom <= innerHeight;
  }));
  await deep.page.close();
}

async function withoutScript(browser, url) {
  const { page } = await open(browser, url("nested.html"), { javaScriptEnabled: false });
  expect("without script there are no controls", !(await page.locator(".filters").isVisible()));
  const entries = await page.locator(".entry").count();
  expect("and all findings", entries > 10 && (await page.locator(".entry:visible").count()) === entries);
  await page.close();
}

async function printed(browser, url, screenshots) {
  const { page } = await open(browser, url("nested.html"));
  await page.emulateMedia({ media: "print" });
  expect("on paper there are no controls", !(await page.locator(".filters").isVisible()));
  const hidden = await page.locator(".entry dl").evaluateAll((all) => all.filter((one) => one.getBoundingClientRect().height === 0).length);
  expect("on paper every finding is open", hidden === 0, hidden);
  const pdf = await page.pdf({ path: path.join(screenshots, "nested.pdf") });
  expect("it prints", pdf.length > 10000, pdf.length);
  await page.close();
}

async function accessible(browser, address, name, colorScheme, screenshots) {
  const { page, noted } = await open(browser, address, { colorScheme });
  await page.screenshot({ path: path.join(screenshots, `${name.replace(".html", "")}-${colorScheme}.png`) });
  for (const opened of [false, true]) {
    await page.evaluate((is_open) => document.querySelectorAll("details").forEach((one) => { one.open = is_open; }), opened);
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    const said = violations.map((one) => `${one.id}: ${one.nodes.length} × ${one.nodes[0].html.slice(0, 160)} ${one.nodes[0].failureSummary}`);
    expect(`axe finds nothing in ${name}, ${colorScheme}, ${opened ? "open" : "closed"}`, violations.length === 0, said);
  }
  await page.setViewportSize({ width: 360, height: 740 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(`${name} fits a phone`, wide <= 0, wide);
  await page.screenshot({ path: path.join(screenshots, `${name.replace(".html", "")}-${colorScheme}-phone.png`) });
  expect(`${name} is quiet`, noted.length === 0, noted);
  await page.close();
}

async function large(browser, url, screenshots) {
  const start = performance.now();
  const { page, noted } = await open(browser, url("many.html"));
  await page.locator(".entry").first().waitFor();
  const opened = performance.now() - start;
  const count = await page.locator(".entry").count();
  expect("there are 5,000 findings", count >= 5000, count);
  expect("a page of them opens fast", opened < OPEN_MAX, opened);
  const filtered = await page.evaluate(() => {
    const start = performance.now();
    const select = document.querySelector("[name=rule]");
    select.selectedIndex = 1;
    select.dispatchEvent(new Event("input", { bubbles: true }));
    return new Promise((resolve) => {
      setTimeout(() => requestAnimationFrame(() => resolve(performance.now() - start)), 0);
    });
  });
  expect("and filters fast", filtered < FILTER_MAX, filtered);
  const searched = await page.evaluate(async () => {
    document.querySelector("form").reset();
    await new Promise((resolve) => { setTimeout(resolve, 50); });
    const box = document.querySelector("[type=search]");
    box.value = "service13";
    const start = performance.now();
    box.dispatchEvent(new Event("input", { bubbles: true }));
    const status = document.querySelector(".shown");
    const before = status.textContent;
    while (status.textContent === before) await new Promise((resolve) => { setTimeout(resolve, 5); });
    return [performance.now() - start, status.textContent];
  });
  expect("and searches fast", searched[0] < FILTER_MAX, searched);
  console.log(`${count} findings: opened in ${opened.toFixed(0)} ms, filtered in ${filtered.toFixed(0)} ms, searched in ${searched[0].toFixed(0)} ms`);
  await page.screenshot({ path: path.join(screenshots, "many.png") });
  expect("all in silence", noted.length === 0, noted);
  await page.close();
}
