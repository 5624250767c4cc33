//! The generated TypeScript client: what it promises to those who write against it, and to those who run it.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Stdio},
};

use fw_tests::{
    app::{App, Server, cargo_fw, fail, repository, succeed},
    node,
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The newest compiler, and the oldest that is supported.
const COMPILERS: [&str; 2] = ["typescript", "typescript-5"];

fn fixture(name: &str) -> PathBuf {
    repository().join("tests/fixtures/client").join(name)
}

fn description() -> Value {
    let text = fs::read(fixture("openapi.json")).expect("there is a description");
    serde_json::from_slice(&text).expect("it is JSON")
}

/// A folder with the client for a description, and with what uses it.
fn project(description: &Value, users: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path();
    fs::write(root.join("openapi.json"), description.to_string()).expect("it can be written");
    let words = ["generate", "client", "--from", "openapi.json", "--out", "."];
    succeed(&mut cargo_fw(root, &words));
    for user in users {
        fs::copy(fixture(user), root.join(user)).expect("it can be copied");
    }
    fs::write(root.join("package.json"), r#"{"type": "module"}"#).expect("it can be written");
    let modules = node::tools().join("node_modules");
    std::os::unix::fs::symlink(modules, root.join("node_modules")).expect("it can be linked");
    folder
}

/// Writes a `tsconfig.json` with every strict flag that there is, and these options besides.
fn configure(root: &Path, files: &[&str], more: &Value) {
    let mut options = json!({
        "noEmit": true,
        "strict": true,
        "declaration": true,
        "erasableSyntaxOnly": true,
        "exactOptionalPropertyTypes": true,
        "isolatedModules": true,
        "noFallthroughCasesInSwitch": true,
        "noImplicitOverride": true,
        "noImplicitReturns": true,
        "noPropertyAccessFromIndexSignature": true,
        "noUncheckedIndexedAccess": true,
        "noUnusedLocals": true,
        "noUnusedParameters": true,
        "verbatimModuleSyntax": true,
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        options[name] = value.clone();
    }
    let config = json!({ "compilerOptions": options, "files": files });
    fs::write(root.join("tsconfig.json"), config.to_string()).expect("it can be written");
}

/// A front end with a bundler, whose library has nothing newer than ES2020.
fn browser() -> Value {
    json!({
        "module": "esnext", "moduleResolution": "bundler", "target": "es2020", "lib": ["es2020", "dom"], "types": [],
    })
}

/// A program for Node, without the types of browsers.
fn server() -> Value {
    json!({
        "module": "nodenext", "moduleResolution": "nodenext", "target": "es2022", "lib": ["es2022"], "types": ["node"],
        "skipLibCheck": true,
    })
}

fn compiler(root: &Path, name: &str) -> std::process::Command {
    node::tool(root, &format!("{name}/bin/tsc"), &["--project", "."])
}

#[test]
fn the_client_passes_every_strict_check_of_browsers_and_node() {
    let users = ["usage.ts", "crud.ts", "wire.ts"];
    let folder = project(&description(), &users);
    let root = folder.path();
    for name in COMPILERS {
        configure(root, &["usage.ts"], &browser());
        succeed(&mut compiler(root, name));
        configure(root, &users, &server());
        succeed(&mut compiler(root, name));
        let mut alone = browser();
        alone["isolatedDeclarations"] = json!(true);
        configure(root, &["client.ts"], &alone);
        succeed(&mut compiler(root, name));
    }
}

#[test]
fn whatever_is_described_becomes_types_that_compile() {
    let text = fs::read(fixture("awkward.json")).expect("there is a description");
    let folder = project(&serde_json::from_slice(&text).expect("it is JSON"), &[]);
    configure(folder.path(), &["client.ts"], &browser());
    succeed(&mut compiler(folder.path(), "typescript"));
}

#[test]
fn the_guide_compiles() {
    let folder = project(&description(), &[]);
    let web = folder.path().join("web");
    fs::create_dir_all(web.join("api")).expect("the folder can be made");
    fs::rename(folder.path().join("client.ts"), web.join("api/client.ts")).expect("it can move");
    let guide =
        fs::read_to_string(repository().join("guides/client.md")).expect("there is a guide");
    let blocks = guide.split("\n```ts\n").skip(1);
    let mut files = Vec::new();
    for (number, block) in blocks.enumerate() {
        let (block, _) = block.split_once("\n```\n").expect("it ends");
        // The first line may say where it belongs.
        let name = block
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("// "));
        let name = name.map_or(format!("web/block{number}.ts"), str::to_owned);
        fs::write(folder.path().join(&name), block).expect("it can be written");
        files.push(name);
    }
    assert!(files.len() > 4, "{files:?}");
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let mut options = browser();
    options["target"] = json!("es2022");
    options["lib"] = json!(["es2022", "dom"]);
    configure(folder.path(), &files, &options);
    succeed(&mut compiler(folder.path(), "typescript"));
}

#[test]
fn a_field_that_goes_breaks_its_users_by_name() {
    let mut without_title = description();
    let view = &mut without_title["components"]["schemas"]["PostView"]["properties"];
    let gone = view.as_object_mut().and_then(|all| all.remove("title"));
    assert!(gone.is_some());
    let folder = project(&without_title, &["usage.ts"]);
    configure(folder.path(), &["usage.ts"], &browser());
    let (_, said) = fail(&mut compiler(folder.path(), "typescript"));
    assert!(
        said.contains("usage.ts")
            && said.contains("Property 'title' does not exist on type 'PostView'"),
        "{said}"
    );
}

#[test]
fn a_switch_over_the_codes_is_complete_or_does_not_compile() {
    let mut with_payment = description();
    with_payment["components"]["responses"]["PaymentRequired"] = json!({
        "description": "", "content": {"application/problem+json": {"schema": {"allOf": [
            {"$ref": "#/components/schemas/Problem"},
            {"properties": {"status": {"const": 402}, "code": {"enum": ["payment_required"]}}},
        ]}}},
    });
    with_payment["paths"]["/api/v1/posts"]["post"]["responses"]["402"] =
        json!({"$ref": "#/components/responses/PaymentRequired"});
    let folder = project(&with_payment, &["usage.ts"]);
    configure(folder.path(), &["usage.ts"], &browser());
    let (_, said) = fail(&mut compiler(folder.path(), "typescript"));
    let missing = "ApiError<\"payment_required\">' does not satisfy the expected type 'never'";
    assert!(said.contains(missing), "{said}");
}

#[test]
fn what_every_client_carries_is_at_most_two_kilobytes() {
    // One list is the least that needs everything.
    let mut small = description();
    let list = small["paths"]["/api/v1/authors"]["get"].clone();
    small["paths"] = json!({"/api/v1/authors": {"get": list}});
    let folder = project(&small, &[]);
    let size = |part: &str| {
        let words = [
            part,
            "--minify",
            "--format=esm",
            "--outfile=min.js",
            "--log-level=warning",
        ];
        succeed(&mut node::tool(
            folder.path(),
            "esbuild/bin/esbuild",
            &words,
        ));
        fs::metadata(folder.path().join("min.js"))
            .expect("it is written")
            .len()
    };
    let client = fs::read_to_string(folder.path().join("client.ts")).expect("there is a client");
    let begin = client
        .find("/** An error of one field")
        .expect("the runtime begins");
    // Exported, or it would be left out.
    let runtime = client[begin..].replace("async function* pages", "export async function* pages");
    fs::write(folder.path().join("runtime.ts"), runtime).expect("it can be written");
    let (runtime, whole) = (size("runtime.ts"), size("client.ts"));
    assert!(runtime <= 2048, "the runtime has {runtime} bytes");
    assert!(runtime < whole, "{runtime} of {whole}");
}

#[test]
fn a_bundle_holds_only_the_resources_that_are_used() {
    let folder = project(&description(), &[]);
    let bundled = |source: &str| {
        fs::write(folder.path().join("app.ts"), source).expect("it can be written");
        let words = [
            "app.ts",
            "--bundle",
            "--minify",
            "--format=esm",
            "--log-level=warning",
        ];
        succeed(&mut node::tool(
            folder.path(),
            "esbuild/bin/esbuild",
            &words,
        ))
    };
    let all = bundled("import { createApi } from './client'; createApi().posts.list();");
    assert!(all.contains("/api/v1/posts") && all.contains("/api/v1/authors"));
    let part = bundled(
        "import { createClient, postsApi } from './client'; postsApi(createClient()).list();",
    );
    assert!(
        part.contains("/api/v1/posts") && !part.contains("/api/v1/authors"),
        "{part}"
    );
}

/// The server of the fixture; it ends when this is dropped.
struct Played {
    child: Child,
    url: String,
}

impl Played {
    fn start() -> Self {
        let mut child = node::node(&repository().join("tests"), [fixture("server.mjs")])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server can be started");
        let mut url = String::new();
        BufReader::new(child.stdout.take().expect("piped"))
            .read_line(&mut url)
            .expect("it says where it is");
        let url = url.trim().to_owned();
        Self { child, url }
    }
}

impl Drop for Played {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a program that uses the client for `description` against the server at `url`, and gives what it printed.
#[track_caller]
pub(crate) fn session(
    description: &Value,
    program: &str,
    url: &str,
    variables: &[(&str, &str)],
) -> String {
    let source = format!("{program}.ts");
    let folder = project(description, &[&source]);
    let root = folder.path();
    let words = [
        &source,
        "client.ts",
        "--outdir=out",
        "--format=esm",
        "--log-level=warning",
    ];
    succeed(&mut node::tool(root, "esbuild/bin/esbuild", &words));
    let script = format!("out/{program}.js");
    let mut node = node::node(root, [script]);
    node.env("API_URL", url).envs(variables.iter().copied());
    succeed(&mut node)
}

#[test]
fn a_session_with_a_real_application_is_the_same() {
    let words = [
        "--scaffold",
        "post title:string! status:enum(draft,published)=draft",
    ];
    let app = App::new("clientele", &words);
    let described = app.fw(&["openapi"]).output().expect("it can be started");
    let description = serde_json::from_slice(&described.stdout).expect("it is JSON");
    let binary = app.build();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = binary.command_in(folder.path(), &["start", "--port", "0", "--migrate"]);
    let database = folder.path().join("clientele.sqlite");
    command.env("DATABASE_URL", format!("sqlite://{}", database.display()));
    let server = Server::start(command);
    let said = session(
        &description,
        "crud",
        &format!("http://{}", server.address),
        &[],
    );
    assert_eq!(said, "crud: done\n");
}

#[test]
fn a_session_creates_lists_changes_and_deletes() {
    let server = Played::start();
    let said = session(&description(), "crud", &server.url, &[]);
    assert_eq!(said, "crud: done\n");
}

#[test]
fn the_client_keeps_its_promises_when_something_goes_wrong() {
    let server = Played::start();
    let said = session(&description(), "wire", &server.url, &[]);
    assert_eq!(said.matches(": done\n").count(), 11, "{said}");
}
