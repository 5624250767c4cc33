// Reads the page of the API description as a person would: `docs_page.cjs URL OPERATION`.
//
// Prints JSON: the operations that are shown (`GET /api/v1/posts`), what "try it out" of OPERATION (its `operationId`)
// answers, every request of the page, and everything that went wrong.

const { visit } = require("./browser.cjs");

const [url, operation] = process.argv.slice(2);

visit(url, async (page, seen) => {
  await page.locator(".opblock").first().waitFor();
  const operations = await page.locator(".opblock").evaluateAll((blocks) =>
    blocks.map((block) => {
      const text = (selector) => block.querySelector(selector)?.textContent.trim() ?? "";
      // The path is broken into pieces, with zero-width spaces in between.
      const path = text(".opblock-summary-path, .opblock-summary-path__deprecated");
      return `${text(".opblock-summary-method")} ${path.replaceAll("\u200b", "")}`;
    }),
  );

  const block = page.locator(`.opblock[id$="-${operation}"]`);
  await block.locator(".opblock-summary-control").click();
  await block.locator(".try-out__btn").click();
  await block.locator("button.execute").click();
  const live = block.locator(".live-responses-table");
  await live.waitFor();
  const status = await live.locator("tbody .response-col_status").first().innerText();
  const body = await live.locator("tbody .highlight-code code, tbody .microlight").first().innerText();

  return { operations, answer: { status: parseInt(status, 10), body }, ...seen };
})
  .then((found) => console.log(JSON.stringify(found)))
  .catch((error) => {
    console.error(error);
    process.exit(1);
  });
