// The geometry of pictures as the browser lays out their texts.
import path from "node:path";
import { expect, open } from "./browser.mjs";

/// What may stick out: antialiasing, and the slant of a letter.
const SLACK = 1;

export async function testPictures(browser, url, screenshots) {
  for (const name of ["article", "platform", "nested", "many"]) {
    for (const colorScheme of ["light", "dark"]) {
      const { page, noted } = await open(browser, url(`${name}.svg`), { colorScheme });
      const found = await page.evaluate(measure, SLACK);
      expect(`${name}.svg has nodes with texts`, found.nodes > 0 && found.texts > found.nodes, found);
      expect(`no text of ${name}.svg leaves its box`, found.outside.length === 0, found.outside);
      expect(`no two boxes of ${name}.svg overlap`, found.overlaps.length === 0, found.overlaps);
      expect(`every part of ${name}.svg has a name`, found.nameless === 0, found.nameless);
      expect(`nothing of ${name}.svg is cut off`, found.cut.length === 0, found.cut);
      expect(`${name}.svg loads nothing and complains about nothing`, noted.length === 0, noted);
      const size = await page.evaluate(() => [document.documentElement.width.baseVal.value, document.documentElement.height.baseVal.value]);
      await page.setViewportSize({ width: Math.min(Math.ceil(size[0]), 2400), height: Math.min(Math.ceil(size[1]), 2400) });
      await page.screenshot({ path: path.join(screenshots, `${name}-svg-${colorScheme}.png`) });
      const ground = await page.evaluate(() => getComputedStyle(document.querySelector(".p-ground")).fill);
      expect(`${name}.svg has the ground of its scheme`, (ground === "rgb(255, 255, 255)") === (colorScheme === "light"), ground);
      await page.close();
    }
  }
}

/// Runs in the page.
function measure(slack) {
  const box = (element) => element.getBoundingClientRect();
  const within = (outer, inner) =>
    inner.left >= outer.left - slack && inner.right <= outer.right + slack && inner.top >= outer.top - slack && inner.bottom <= outer.bottom + slack;
  const overlap = (a, b) => a.left < b.right - slack && b.left < a.right - slack && a.top < b.bottom - slack && b.top < a.bottom - slack;
  const nodes = Array.from(document.querySelectorAll(".node"));
  const frames = nodes.map((node) => box(Array.from(node.querySelectorAll("rect.p-node")).at(-1)));
  const outside = [];
  let texts = 0;
  nodes.forEach((node, at) => {
    for (const text of node.querySelectorAll("text")) {
      texts += 1;
      if (!within(frames[at], box(text))) outside.push(text.textContent);
    }
  });
  const labels = Array.from(document.querySelectorAll(".edge > text"), (text) => [text.textContent, box(text)]);
  const solid = nodes.map((node, at) => [node.id, frames[at]]).concat(labels);
  const overlaps = [];
  solid.forEach(([name, rect], at) => {
    for (const [other, there] of solid.slice(at + 1)) if (overlap(rect, there)) overlaps.push([name, other]);
  });
  const parts = document.querySelectorAll("[role=group]");
  const nameless = Array.from(parts).filter((part) => !part.getAttribute("aria-label") && !part.getAttribute("aria-labelledby")).length;
  const page = box(document.documentElement);
  const cut = Array.from(document.querySelectorAll("text"), (text) => [text.textContent, box(text)])
    .filter(([, rect]) => !within(page, rect))
    .map(([text]) => text);
  return { nodes: nodes.length, texts, outside, overlaps, nameless, cut };
}
