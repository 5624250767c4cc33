// Looks at pages as people with different screens and eyes do: `looks.cjs KIND URL [FOLDER]`.
//
// Each page is opened on a phone and on a desk, light and dark, and examined by axe for what keeps people out. Prints JSON: the pages that
// were seen, everything that axe found, the pages that are wider than the screen, and everything that went wrong. With a folder it takes
// a picture of each.

const axe = require("axe-core");
const { visit } = require("./browser.cjs");

const [kind, url, folder] = process.argv.slice(2);

const SCREENS = [
  { width: 360, height: 740, colorScheme: "light" },
  { width: 360, height: 740, colorScheme: "dark" },
  { width: 1280, height: 800, colorScheme: "light" },
  { width: 1280, height: 800, colorScheme: "dark" },
];

/** A good value for each control of a form. */
async function fill(page, values = {}) {
  for (const control of await page.locator("main form[method=post]").locator("input, select, textarea").all()) {
    const [name, type] = await control.evaluate((found) => [found.name, found.type]);
    if (type === "checkbox") await control.check();
    else if (type === "select-one") await control.selectOption({ index: (await control.locator("option").count()) - 1 });
    else if (name in values) await control.fill(values[name]);
    else if (type === "date") await control.fill("2026-01-31");
    else if (type === "time") await control.fill("10:30");
    else if (type === "datetime-local") await control.fill("2026-01-31T10:30");
    else if (type === "number") await control.fill("7");
    else if (type !== "hidden") await control.fill(`A ${name}`);
  }
}

async function save(page) {
  await page.locator("main form[method=post] button").first().click();
}

/** Makes a row. */
async function create(page, values) {
  await fill(page, values);
  await save(page);
  await page.locator("dl.row, .summary").first().waitFor();
  const problems = await page.locator(".summary").allInnerTexts();
  if (problems.length > 0) throw new Error(problems.join("\n"));
}

/** The server checks what the browser would not send. */
async function saveUnchecked(page) {
  await page.locator("main form[method=post]").evaluate((form) => (form.noValidate = true));
  await save(page);
}

// The steps to each page, in an order in which they make what later ones show. `look` takes the name of a page.
const KINDS = {
  // Pages of `posts` with every type of field and a lock, and of `authors`, both empty.
  async resource(page, go, look) {
    const values = {
      token: "018f3f5e-7f3a-7c4e-9d3b-0f6a3c2b1d00",
      data: '{"a": 1}',
      raw: "aGVsbG8=",
      price: "12.50",
      amount: "1200.25",
    };
    await go("/");
    await look("home");
    await go("/posts");
    await look("list-empty");
    await go("/authors/new");
    await create(page);
    await look("flash");
    await go("/posts/new");
    await look("new");
    await saveUnchecked(page);
    await look("new-with-problems");
    for (let number = 1; number <= 22; number += 1) {
      await go("/posts/new");
      await create(page, { ...values, title: `Post number ${number}` });
    }
    await look("show");
    const shown = page.url();
    await page.getByRole("link", { name: "Edit" }).click();
    await look("edit");
    const stale = page.url();
    await create(page, { ...values, title: "A title of somebody else" });
    await page.goBack();
    await page.waitForURL(stale);
    await save(page);
    await look("edit-changed-meanwhile");
    await page.goto(`${shown}/delete`);
    await look("delete");
    await go("/posts?sort=-title");
    await look("list");
    await go("/posts?page=2");
    await look("list-last-page");
    await go("/posts?status=draft");
    await look("list-filtered-empty");
    await go("/posts?status=published");
    await look("list-filtered");
    await go("/nope");
    await look("error-404");
    await go("/posts?page=first");
    await look("error");
  },

  // A table that is not there.
  async failure(page, go, look) {
    await go("/duties");
    await page.getByRole("button", { name: "Apply" }).waitFor();
    await look("error-for-developers-with-migration");
  },

  // What the framework has for developers and operators.
  async framework(page, go, look) {
    for (const [path, name] of [
      ["/_fw/mail", "mail"],
      ["/_fw/mail/previews/letter/0/en/html", "mail-html"],
      ["/_fw/mail/previews/letter/0/en/text", "mail-text"],
      ["/_fw/mail/previews/letter/0/en/source", "mail-source"],
      ["/lab/pages/broken", "error-for-developers"],
      ["/lab/pages", "overlay"],
      ["/lab/admin/board", "board"],
      ["/lab/admin/board/jobs", "board-jobs"],
      ["/lab/admin/board/jobs?state=cancelled", "board-jobs-none"],
      ["/lab/admin/board/jobs/0", "board-not-there"],
    ]) {
      await go(path);
      await look(name);
    }
    await go("/lab/admin/board/jobs?name=panic");
    await page.locator("tbody a").first().click();
    await page.getByRole("heading", { name: "Errors" }).waitFor();
    await look("board-job");
  },
};

async function examine(page, name, seen) {
  for (const { width, height, colorScheme } of SCREENS) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    await page.waitForTimeout(100);
    const of = `${name} ${width} ${colorScheme}`;
    const needed = await page.evaluate(() => document.documentElement.scrollWidth);
    if (needed > width) seen.wide.push(`${of}: ${needed}`);
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() => window.axe.run(document, { iframes: false }));
    for (const { id, nodes } of violations) {
      for (const { target, failureSummary } of nodes) seen.violations.push(`${of}: ${id}: ${target}: ${failureSummary}`);
    }
    if (folder) {
      await page.screenshot({ path: `${folder}/${name}-${width}-${colorScheme}.png`, fullPage: true });
    }
  }
}

visit(
  `${url}/favicon.ico`,
  async (page, { errors }) => {
    const seen = { pages: [], violations: [], wide: [] };
    const go = (path) => page.goto(`${url}${path}`, { waitUntil: "load" });
    const look = async (name) => {
      await page.waitForLoadState("load");
      seen.pages.push(name);
      // What axe tries, a policy may refuse.
      const before = errors.length;
      await examine(page, name, seen);
      errors.splice(before);
    };
    await KINDS[kind](page, go, look);
    // Chromium calls refused requests errors of the page, and so that a page which is left no longer listens to live reload.
    const expected = ["status of 4", "status of 500", "/_fw/live: net::ERR_ABORTED"];
    return { ...seen, errors: errors.filter((error) => !expected.some((text) => error.includes(text))) };
  },
)
  .then((found) => console.log(JSON.stringify(found)))
  .catch((error) => {
    console.error(error);
    process.exit(1);
  });
