// Takes a picture of the list of posts that a browser has written: `picture.cjs URL FILE`. Prints JSON with the HTML of the page, without what
// differs from one run to the next.

const { visit } = require("./browser.cjs");

const [url, file] = process.argv.slice(2);

const POSTS = [
  { title: "A house with one door", content: "Everybody comes in by the same one.", status: "published" },
  { title: "What the tide left behind", content: "Shells, and a bottle.", status: "published" },
  { title: "Letters to a lighthouse", content: "They are answered.", status: "draft" },
];

visit(
  `${url}/posts`,
  async (page) => {
    for (const { title, content, status } of POSTS) {
      await page.goto(`${url}/posts/new`);
      await page.getByLabel("Title").fill(title);
      await page.getByLabel("Content").fill(content);
      await page.getByLabel("Status").selectOption(status);
      await page.locator("main form button").click();
      await page.waitForURL(/posts\/\d+$/);
    }
    await page.goto(`${url}/posts?sort=title`);
    await page.locator("script[src^='/_fw/']").evaluate((script) => script.remove());
    await page.screenshot({ path: file });
    return { html: await page.content() };
  },
  { viewport: { width: 800, height: 460 }, colorScheme: "light", deviceScaleFactor: 2 },
)
  .then((found) => console.log(JSON.stringify(found)))
  .catch((error) => {
    console.error(error);
    process.exit(1);
  });
