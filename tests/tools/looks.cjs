// Looks at pages as people with different screens and eyes do: `looks.cjs KIND URL [FOLDER]`. After a KIND that ends with `-without-scripts`
// the same steps are done without JavaScript, and nothing is examined.
//
// Each page is opened on a phone and on a desk, light and dark, and examined by axe for what keeps people out. Prints JSON: the pages that
// were seen, everything that axe found, the pages that are wider than the screen, and everything that went wrong. With a folder it takes
// a picture of each.

const { createHmac } = require("node:crypto");
const axe = require("axe-core");
const { visit } = require("./browser.cjs");

const [steps, url, folder] = process.argv.slice(2);
const WITHOUT_SCRIPTS = "-without-scripts";
const hasScripts = !steps.endsWith(WITHOUT_SCRIPTS);
const kind = hasScripts ? steps : steps.slice(0, -WITHOUT_SCRIPTS.length);

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

/** The path of the link in the last mail with a subject to somebody. */
async function linkOf(page, subject, to) {
  const head = new RegExp(`/_fw/mail/sent/([\\w-]+)/html"><strong>${subject}</strong></a>\\s*<div class="soft"><span>to ${to}<`);
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const sent = (await (await page.request.get(`${url}/_fw/mail`)).text()).match(head);
    if (sent) {
      const text = await (await page.request.get(`${url}/_fw/mail/sent/${sent[1]}/text`)).text();
      const { pathname, search } = new URL(text.match(/https?:\/\/[^\s<"]+\?token=[\w-]+/)[0]);
      return pathname + search;
    }
    await page.waitForTimeout(100);
  }
  throw new Error(`no mail \u201c${subject}\u201d to ${to}`);
}

/** The code that an app shows now for a secret (RFC 6238). */
function codeOf(secret) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret].map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const digest = createHmac("sha1", key).update(step).digest();
  const number = digest.readUInt32BE(digest.at(-1) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
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

  // The pages of accounts, of which there is none yet.
  async accounts(page, go, look) {
    const email = hasScripts ? "ada@example.com" : "grace@example.com";
    const moved = email.replace(".com", ".org");
    const password = "the tide turns at noon";
    const press = (name) => page.locator("main").getByRole("button", { name }).click();
    const enter = (label, value) => page.getByLabel(label, { exact: true }).fill(value);
    const says = (text) => page.locator(".flash, .summary").filter({ hasText: text }).waitFor();
    const signIn = async (address, secret) => {
      await enter("E-mail address", address);
      await enter("Password", secret);
      await press("Sign in");
    };
    await go("/register");
    await look("register");
    await enter("E-mail address", "nobody");
    await page.locator("main form").evaluate((form) => (form.noValidate = true));
    await press("Send me a link");
    await says("Please check");
    await look("register-with-problems");
    await enter("E-mail address", email);
    await press("Send me a link");
    await says("A mail with a link is on its way to you");
    await look("sign-in-after-mail");
    const registration = await linkOf(page, "Complete your registration", email);
    await go(registration);
    await look("complete");
    await enter("Name", "Ada Lovelace");
    await enter("Password", "short");
    await press("Create the account");
    await says("Password");
    await look("complete-with-problems");
    await enter("Password", password);
    await press("Create the account");
    await says("Welcome!");
    await look("settings-after-registration");
    await go(registration);
    await look("link-used");
    await go("/settings/password");
    await look("password");
    await enter("Present password", "wrong");
    await enter("New password", "the tide turns at dusk");
    await press("Save");
    await says("is wrong");
    await look("password-with-problems");
    await go("/settings/sessions");
    await look("sessions");
    await go("/settings/second-factor");
    await look("second-factor-none");
    await enter("Name of the app", "Phone");
    await press("Add an app");
    await page.locator("svg.qr-code").waitFor();
    await look("app");
    await enter("Code of the app", "none");
    await press("Continue");
    await says("is wrong");
    await look("app-with-problems");
    await enter("Code of the app", codeOf(await page.locator("dd code").innerText()));
    await press("Continue");
    await page.locator("ol.codes").waitFor();
    await look("recovery-codes");
    await page.getByRole("link", { name: "I have kept them" }).click();
    await look("second-factor");
    await page.locator("summary", { hasText: "Remove the app" }).click();
    await look("app-remove");
    await press("Remove the app");
    await says("The app is removed");
    await go("/settings/api-keys");
    await look("api-keys-none");
    await go("/settings/delete");
    await look("delete");
    await go("/confirm?next=%2Fsettings%2Femail");
    await look("confirm");
    await enter("Password", password);
    await press("Continue");
    await page.waitForURL("**/settings/email");
    await look("email");
    await enter("New e-mail address", moved);
    await press("Send me a link");
    await says("on its way");
    await go(await linkOf(page, "Confirm your new address", moved));
    await look("email-confirm");
    await press("Confirm the new address");
    await says("Your address is changed");
    const revert = await linkOf(page, "The address of your account was changed", email);
    await page.getByRole("button", { name: "Sign out" }).click();
    await says("You are signed out");
    await go("/settings/password");
    await signIn(moved, "the tide turns at dusk");
    await says("The address or the password is wrong");
    await look("sign-in-refused");
    await signIn(moved, password);
    await page.waitForURL("**/settings/password");
    await go(revert);
    await look("email-revert");
    await press("Take the address back");
    await says("former address");
    await look("sign-in-after-revert");
    await go("/password/forgot");
    await look("forgot");
    await go(await linkOf(page, "Choose a new password", email));
    await look("reset");
    await enter("New password", "the tide turns at dawn");
    await press("Save");
    await says("Your password is changed");
    await signIn(email, "the tide turns at dawn");
    await page.waitForURL("**/settings");
    await go("/settings/delete");
    await press("Delete the account");
    await says("Your account is deleted");
    // Somebody with permissions, which keys may have.
    await go("/settings/api-keys");
    await signIn("admin@example.com", password);
    await page.waitForURL("**/settings/api-keys");
    await enter("Name of the key", "Import");
    await page.getByLabel("posts:create").check();
    await enter("Days until it ends", "0");
    await page.locator("main form").evaluate((form) => (form.noValidate = true));
    await press("Create a key");
    await says("Days until it ends");
    if (!(await page.getByLabel("posts:create").isChecked())) throw new Error("the permission is not ticked any more");
    await look("api-keys-with-problems");
    await enter("Days until it ends", "90");
    await press("Create a key");
    await page.locator("pre.secret").waitFor();
    await look("api-key-created");
    await page.getByRole("link", { name: "I have kept it" }).click();
    await look("api-keys");
    await page.locator("summary", { hasText: "Replace the key" }).click();
    await page.locator("summary", { hasText: "Revoke the key" }).click();
    await look("api-key-revoke");
    await press("Revoke the key");
    await says("The key is revoked");
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
      if (hasScripts) await examine(page, name, seen);
      errors.splice(before);
    };
    await KINDS[kind](page, go, look);
    // Chromium calls refused requests errors of the page, and so that a page which is left no longer listens to live reload, or loads its icon.
    const expected = [/status of 4/, /status of 500/, /\/_fw\/live: net::ERR_ABORTED/, /\/favicon[^/]*: net::ERR_ABORTED/];
    return { ...seen, errors: errors.filter((error) => !expected.some((text) => text.test(error))) };
  },
  { javaScriptEnabled: hasScripts },
)
  .then((found) => console.log(JSON.stringify(found)))
  .catch((error) => {
    console.error(error);
    process.exit(1);
  });
