// Usage: node main.mjs BINARY REPOSITORY FOLDER_FOR_SCREENSHOTS
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { launch, total } from "./browser.mjs";
import { testReport } from "./report.mjs";
import { testPictures } from "./pictures.mjs";
import { environments, many, nested } from "./templates.mjs";

const [binary, repository, screenshots] = process.argv.slice(2);
const work = fs.mkdtempSync(path.join(os.tmpdir(), "pages-"));

/// Runs ecslint; findings are no failure here.
const ecslint = (...args) => {
  try {
    execFileSync(binary, args, { cwd: repository, stdio: ["ignore", "pipe", "inherit"] });
  } catch (error) {
    if (error.status !== 1) throw error;
  }
};

const browser = await launch();
try {
  for (const [folder, files] of [["many", many()], ["nested", nested()], ["environments", environments()]]) {
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(work, folder, name);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, text);
    }
  }
  const inputs = {
    article: "fixtures/article",
    platform: "fixtures/platform",
    nested: path.join(work, "nested"),
    many: path.join(work, "many"),
  };
  const url = (name) => `file://${path.join(work, name)}`;
  for (const [name, input] of Object.entries(inputs)) {
    ecslint("check", input, "--profile", "all", "--show-undetermined", "--format", "html", "-o", path.join(work, `${name}.html`));
    ecslint("graph", input, "--findings", "--format", "svg", "-o", path.join(work, `${name}.svg`));
    ecslint("graph", input, "--format", "html", "-o", path.join(work, `${name}-graph.html`));
  }
  const several = path.join(work, "environments");
  ecslint(
    "check", several, "--config", path.join(several, ".ecslint.yaml"), "--env", "all", "--profile", "all",
    "--format", "html", "-o", path.join(work, "environments.html"),
  );
  await testReport(browser, url, screenshots);
  await testPictures(browser, url, screenshots);
} finally {
  await browser.close();
  fs.rmSync(work, { recursive: true });
}
process.exit(total());
