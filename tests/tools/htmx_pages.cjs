// Uses pages with htmx as a person does: `htmx_pages.cjs URL on|off`, with JavaScript or without.
//
// Prints JSON: what is on the page after each step, whether it was ever loaded anew, and everything that went wrong.

const { visit } = require("./browser.cjs");

const [url, scripts] = process.argv.slice(2);
const hasScripts = scripts === "on";

visit(
  `${url}/notes`,
  async (page, seen) => {
    const steps = [];
    const look = async (step) => {
      await page.waitForLoadState("networkidle");
      steps.push({
        step,
        path: page.url().slice(url.length),
        headings: await page.locator("h1").allInnerTexts(),
        rows: await page.locator("#list li").allInnerTexts(),
        said: await page.locator(".flash, .problem").allInnerTexts(),
      });
    };
    const add = async (title) => {
      await page.getByLabel("Title").fill(title);
      await page.getByRole("button", { name: "Save" }).click();
    };

    if (hasScripts) await page.evaluate(() => (window.isFirst = true));
    await add("");
    await page.locator(".problem").first().waitFor();
    await look("wrong");
    await add("Beta");
    await page.getByRole("heading", { name: "Beta" }).waitFor();
    await look("created");
    if (hasScripts) {
      await page.goBack();
      await page.getByRole("link", { name: "By title" }).waitFor();
      await look("back");
      await add("Alpha");
      await page.getByRole("heading", { name: "Alpha" }).waitFor();
      await page.goBack();
      await page.getByRole("link", { name: "By title" }).click();
      await page.locator("#list li").first().getByText("Alpha").waitFor();
      await look("sorted");
      await page.getByRole("link", { name: "Gone" }).click();
      await page.getByRole("heading", { name: "There is no such page" }).waitFor();
      await look("error");
    }
    const isFirst = hasScripts ? await page.evaluate(() => window.isFirst === true) : null;

    const listens = seen.requests.filter((request) => request.endsWith("/_fw/live")).length;
    // Chromium calls refused requests errors of the page, and so that a page which is left no longer listens to live reload, or loads its icon.
    const expected = [/status of 4/, /\/_fw\/live: net::ERR_ABORTED/, /\/favicon[^/]*: net::ERR_ABORTED/];
    const errors = seen.errors.filter((error) => !expected.some((text) => text.test(error)));
    const outside = seen.requests.filter((request) => !request.startsWith(url));
    return { steps, isFirst, listens, outside, errors };
  },
  { javaScriptEnabled: hasScripts },
)
  .then((found) => console.log(JSON.stringify(found)))
  .catch((error) => {
    console.error(error);
    process.exit(1);
  });
