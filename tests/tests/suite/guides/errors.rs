//! The page of the codes of errors has those that are in the code of the framework, read with syn.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use fw::{error::Error, http::StatusCode};
use fw_tests::app::repository;
use syn::{
    Attribute, Expr, ExprCall, ExprTuple, ImplItemFn, ItemConst, ItemMod, Lit, Local, Macro, Pat,
    Stmt,
    punctuated::Punctuated,
    token::Comma,
    visit::{self, Visit},
};

use super::{guide, rows};

/// The codes in the code.
#[derive(Default)]
struct Codes {
    /// The constants, by name.
    constants: BTreeMap<String, String>,
    /// What the functions that make errors are given: a status, if it is a response, and the code or the name of a constant.
    given: Vec<(Option<StatusCode>, Given)>,
    /// Within `let (code, …) = …`.
    pairs: bool,
}

enum Given {
    Text(String),
    Constant(String),
}

/// The functions that make an error of a field of a code.
const OF_FIELDS: [&str; 6] = [
    "FieldError::new",
    "Problem::new",
    "codes::encode",
    "encode",
    "rules::error",
    "error",
];

impl Codes {
    fn read(folder: &Path) -> Self {
        let mut codes = Self::default();
        codes.add_folder(folder);
        codes
    }

    fn add_folder(&mut self, folder: &Path) {
        for entry in fs::read_dir(folder).expect("the folder can be read") {
            let path = entry.expect("the entry can be read").path();
            let is_for_tests = path.file_stem().is_some_and(|name| name == "tests");
            if is_for_tests {
                continue;
            }
            if path.is_dir() {
                self.add_folder(&path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("the file can be read");
                self.visit_file(&syn::parse_file(&text).expect("it is Rust"));
                // The messages of garde's rules begin with their code.
                let messages = text
                    .split('"')
                    .filter_map(|literal| literal.split_once(": must "));
                for (code, _) in messages.filter(|(code, _)| is_code(code)) {
                    self.given.push((None, Given::Text(code.to_owned())));
                }
            }
        }
    }

    /// The codes of responses, with their statuses.
    fn responses(&self) -> BTreeSet<(u16, String)> {
        let given = self.given.iter();
        let own =
            given.filter_map(|(status, code)| Some((status.as_ref()?.as_u16(), self.text(code)?)));
        let standard = (400..600).filter_map(|status| {
            let error = Error::from_status(StatusCode::from_u16(status).ok()?);
            let code = error.code().to_owned();
            let has_its_own = !["error", "internal_error"].contains(&error.code()) || status == 500;
            has_its_own.then_some((status, code))
        });
        own.chain(standard).collect()
    }

    fn fields(&self) -> BTreeSet<String> {
        let given = self.given.iter().filter(|(status, _)| status.is_none());
        given.filter_map(|(_, code)| self.text(code)).collect()
    }

    fn text(&self, given: &Given) -> Option<String> {
        match given {
            Given::Text(text) => Some(text.clone()),
            Given::Constant(name) => self.constants.get(name).cloned(),
        }
    }

    fn add(&mut self, status: Option<StatusCode>, code: &Expr) {
        let given = match code {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) if is_code(&text.value()) => Given::Text(text.value()),
                _ => return,
            },
            Expr::Path(path) => match path.path.segments.last() {
                Some(last) => Given::Constant(last.ident.to_string()),
                None => return,
            },
            _ => return,
        };
        self.given.push((status, given));
    }
}

impl<'ast> Visit<'ast> for Codes {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !module.attrs.iter().any(is_test) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_const(&mut self, constant: &'ast ItemConst) {
        if let Expr::Lit(literal) = &*constant.expr
            && let Lit::Str(text) = &literal.lit
        {
            self.constants
                .insert(constant.ident.to_string(), text.value());
        }
        visit::visit_item_const(self, constant);
    }

    /// The method `code` of a reason for a refusal gives the code of each.
    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        if function.sig.ident == "code"
            && let Some(Stmt::Expr(Expr::Match(reasons), None)) = function.block.stmts.last()
        {
            for reason in &reasons.arms {
                self.add(None, &reason.body);
            }
        }
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_local(&mut self, local: &'ast Local) {
        let around = self.pairs;
        if let Pat::Tuple(names) = &local.pat
            && let Some(Pat::Ident(first)) = names.elems.first()
        {
            self.pairs |= first.ident == "code";
        }
        visit::visit_local(self, local);
        self.pairs = around;
    }

    fn visit_expr_tuple(&mut self, pair: &'ast ExprTuple) {
        if let Some(code) = pair.elems.first().filter(|_| self.pairs) {
            self.add(None, code);
        }
        visit::visit_expr_tuple(self, pair);
    }

    /// `vec![…]` has errors, too.
    fn visit_macro(&mut self, call: &'ast Macro) {
        if let Ok(elements) = call.parse_body_with(Punctuated::<Expr, Comma>::parse_terminated) {
            for element in &elements {
                self.visit_expr(element);
            }
        }
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        let arguments: Vec<_> = call.args.iter().collect();
        match (name(&call.func).as_str(), arguments.as_slice()) {
            ("Error::new" | "Self::new", [status, code, ..]) if status_of(status).is_some() => {
                self.add(status_of(status), code);
            }
            (function, [first, ..]) if OF_FIELDS.contains(&function) => {
                let code = if function == "FieldError::new" {
                    arguments[1]
                } else {
                    first
                };
                self.add(None, code);
            }
            ("Self::new", [code, ..]) => self.add(None, code),
            _ => {}
        }
        visit::visit_expr_call(self, call);
    }
}

/// The last two names of a function that is called: `Error::new`.
fn name(function: &Expr) -> String {
    let Expr::Path(path) = function else {
        return String::new();
    };
    let names: Vec<_> = path
        .path
        .segments
        .iter()
        .map(|segment| segment.ident.to_string())
        .collect();
    names[names.len().saturating_sub(2)..].join("::")
}

/// The status that is named by `StatusCode::CONFLICT`.
fn status_of(argument: &Expr) -> Option<StatusCode> {
    let name = name(argument);
    let name = name
        .strip_prefix("StatusCode::")?
        .replace('_', " ")
        .to_lowercase();
    (400..600)
        .filter_map(|status| StatusCode::from_u16(status).ok())
        .find(|status| {
            status
                .canonical_reason()
                .is_some_and(|reason| reason.to_lowercase() == name)
        })
}

fn is_code(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

fn is_test(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute
            .parse_args::<syn::Path>()
            .is_ok_and(|path| path.is_ident("test"))
}

/// The words between backticks.
fn words(cell: &str) -> impl Iterator<Item = String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned)
}

#[test]
fn the_page_has_the_codes_of_the_code() {
    let codes = Codes::read(&repository().join("framework/src"));
    let page = guide("errors.md");
    let (responses, fields) = page
        .split_once("## Fields")
        .expect("the page has both tables");
    let responses: BTreeSet<(u16, String)> = rows(responses, "")
        .into_iter()
        .filter_map(|cells| Some((cells[0].parse().ok()?, words(&cells[1]).next()?)))
        .collect();
    assert_eq!(
        responses,
        codes.responses(),
        "the codes of responses: the page, the code"
    );
    let fields: BTreeSet<String> = rows(fields, "`")
        .iter()
        .flat_map(|cells| words(&cells[0]))
        .collect();
    assert_eq!(
        fields,
        codes.fields(),
        "the codes of fields: the page, the code"
    );
}
