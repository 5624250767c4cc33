// Uses the pages of a resource as a person does: `resource_pages.cjs URL on|off`, with JavaScript or without.
//
// Prints JSON: what the pages said after each step, the pages that are wider than a phone, and everything that went wrong.

const { visit } = require("./browser.cjs");

const [url, scripts] = process.argv.slice(2);
const hasScripts = scripts === "on";

visit(
  `${url}/posts`,
  async (page, seen) => {
    const said = [];
    const wide = [];
    const look = async () => {
      said.push(await page.locator(".flash, .summary").allInnerTexts());
      if (hasScripts) {
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        if (width > 360) wide.push(`${page.url()}: ${width}`);
      }
    };
    const create = async (title) => {
      await page.goto(`${url}/posts`);
      await page.getByRole("link", { name: "New post" }).click();
      await page.getByLabel("Title").fill(title);
      await page.getByLabel("Slug").fill("first");
      await page.getByLabel("Published at").fill("2026-01-31T10:30");
      await page.getByLabel("Pinned").check();
      await page.getByLabel("Status").selectOption("public");
      await page.getByRole("button", { name: "Save" }).click();
      await look();
    };

    await look();
    await create("One");
    await page.reload();
    await look();
    await create("Two");
    const invalid = page.locator("[aria-invalid=true]");
    const again = {
      status: await page.locator("h1").innerText(),
      invalid: await invalid.getAttribute("name"),
      title: await page.getByLabel("Title").inputValue(),
      pinned: await page.getByLabel("Pinned").isChecked(),
    };
    await page.getByLabel("Slug").fill("second");
    await page.getByRole("button", { name: "Save" }).click();
    await look();
    await page.getByRole("link", { name: "Edit" }).click();
    await look();
    await page.getByLabel("Title").fill("Three");
    await page.getByRole("button", { name: "Save" }).click();
    await look();
    const shown = await page.locator("h1").innerText();
    await page.getByRole("link", { name: "Delete" }).click();
    await look();
    await page.getByRole("button", { name: "Delete" }).click();
    await look();
    await page.getByText("Filter").first().click();
    await page.getByLabel("Status").selectOption("draft");
    await page.getByRole("button", { name: "Filter" }).click();
    const filtered = await page.locator(".empty").allInnerTexts();

    // Chromium calls the refused form an error of the page, and so that a page which is left no longer listens to live reload, or loads its icon.
    const expected = [/status of 409/, /\/_fw\/live: net::ERR_ABORTED/, /\/favicon[^/]*: net::ERR_ABORTED/];
    const errors = seen.errors.filter((error) => !expected.some((text) => text.test(error)));
    const outside = seen.requests.filter((request) => !request.startsWith(url));
    return { said, again, shown, filtered, wide, outside, errors };
  },
  { javaScriptEnabled: hasScripts, viewport: { width: 360, height: 800 } },
)
  .then((found) => console.log(JSON.stringify(found)))
  .catch((error) => {
    console.error(error);
    process.exit(1);
  });
