// A headless Chromium for the scripts in this folder. `$CHROMIUM` is its program; `NODE_PATH` leads to playwright-core.

const { chromium } = require("playwright-core");

// Nothing but the page under test may cause traffic.
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * Opens a page in a browser of its own, with an empty profile, and closes it at the end.
 *
 * `work` gets the page and a record of what happened: the `requests` it made, and its `errors`. `options` are those of a
 * context, such as `javaScriptEnabled`.
 */
async function visit(url, work, options = {}) {
  const seen = { requests: [], errors: [] };
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    headless: true,
    args: FLAGS,
    timeout: 30_000,
  });
  try {
    const page = await browser.newPage(options);
    page.setDefaultTimeout(15_000);
    page.on("request", (request) => {
      if (!request.url().startsWith("data:")) seen.requests.push(request.url());
    });
    page.on("requestfailed", (request) =>
      seen.errors.push(`${request.url()}: ${request.failure()?.errorText}`),
    );
    page.on("pageerror", (error) => seen.errors.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") seen.errors.push(message.text());
    });
    await page.goto(url, { waitUntil: "networkidle" });
    return await work(page, seen);
  } catch (error) {
    throw new Error(`${error.message}\n${JSON.stringify(seen, null, 2)}`);
  } finally {
    await browser.close();
  }
}

module.exports = { visit };
