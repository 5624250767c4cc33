// Edits a watched application as its developer does, and looks at its first page in a browser: `watch.cjs URL FOLDER`.
//
// The page is loaded once. Everything after that comes to it by itself. Prints JSON: how many milliseconds each edit took until it was on
// the screen, how often the page was loaded, the text of the overlay after a failed build, and everything that went wrong.

const fs = require("node:fs");
const path = require("node:path");
const { visit } = require("./browser.cjs");

const [url, folder] = process.argv.slice(2);

/** A build compiles the application, beside whatever else the machine does. */
const BUILD = { timeout: 300_000 };

function edit(file, from, to) {
  const name = path.join(folder, file);
  const before = fs.readFileSync(name, "utf8");
  if (!before.includes(from)) throw new Error(`${file} has no ${from}`);
  fs.writeFileSync(name, before.replace(from, to));
}

visit(
  `${url}/favicon.ico`,
  async (page, { errors, requests }) => {
    const listens = page.waitForResponse((response) => response.url().endsWith("/_fw/live"));
    await page.goto(url, { waitUntil: "load" });
    await listens;
    // The first event tells the page what it has to compare with.
    await page.waitForTimeout(500);
    const heading = page.locator("h1");
    const old = await heading.innerText();
    const milliseconds = {};
    const timed = async (name, change, seen) => {
      const begin = performance.now();
      change();
      await seen();
      milliseconds[name] = Math.round(performance.now() - begin);
    };
    const shows = (text) => () => page.locator("h1", { hasText: text }).waitFor(BUILD);

    for (const [number, before] of ["<h1>", "Edit 1: ", "Edit 2: ", "Edit 3: ", "Edit 4: "].entries()) {
      const after = `Edit ${number + 1}: `;
      const text = before.startsWith("<") ? before + after : after;
      await timed(`template ${number + 1}`, () => edit("src/home/pages/index.html", before, text), shows(after));
    }
    await page.evaluate(() => (window.isTheSamePage = true));
    await timed(
      "style",
      () => fs.appendFileSync(path.join(folder, "src/assets/app.css"), "h1 { letter-spacing: 7px; }\n"),
      () => page.waitForFunction(() => getComputedStyle(document.querySelector("h1")).letterSpacing === "7px"),
    );
    const isTheSamePage = await page.evaluate(() => window.isTheSamePage === true);

    const overlay = page.getByRole("alert");
    await timed(
      "failure",
      () => edit("src/home/pages.rs", "Page(Index {})", "Page(7)"),
      () => overlay.waitFor(BUILD),
    );
    const failure = await overlay.innerText();
    // The page below it is still served.
    const kept = await heading.innerText();
    await timed(
      "handler",
      () => {
        edit("src/home/pages.rs", "pub struct Index {}", "pub struct Index { pub visitors: u64 }");
        edit("src/home/pages.rs", "Page(7)", "Page(Index { visitors: 42 })");
        edit("src/home/pages/index.html", "Edit 5: ", "Visitors: {{ visitors }} ");
      },
      shows("Visitors: 42"),
    );
    await overlay.waitFor({ state: "detached" });
    // Chromium calls it an error of the page that `/favicon.ico` is not there, that the template is ahead of its handler for a moment, and
    // that a page which is left no longer listens to live reload.
    const expected = ["status of 404", "status of 500", "/_fw/live"];
    const wrong = errors.filter((error) => !expected.some((text) => error.includes(text)));
    const loads = requests.filter((request) => request === `${url}/`).length;
    return { old, kept, isTheSamePage, failure, milliseconds, loads, errors: wrong };
  },
)
  .then((found) => console.log(JSON.stringify(found)))
  .catch((error) => {
    console.error(error);
    process.exit(1);
  });
