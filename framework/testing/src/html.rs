//! The elements of a page, as far as tests look at them. The pages are those of the application's own templates, so this reads HTML as it is
//! written, not as browsers mend it.

use std::collections::BTreeSet;

/// The tags of a page, in their order.
pub(crate) struct Page {
    tags: Vec<Tag>,
}

/// The start or end of an element.
struct Tag {
    name: String,
    is_end: bool,
    attributes: Vec<(String, String)>,
}

impl Page {
    pub(crate) fn of(html: &str) -> Self {
        let mut tags = Vec::new();
        let mut rest = html;
        while let Some(start) = rest.find('<') {
            rest = &rest[start + 1..];
            if let Some(comment) = rest.strip_prefix("!--") {
                rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
                continue;
            }
            let (tag, after) = read_tag(rest);
            rest = after;
            let Some(tag) = tag else {
                continue;
            };
            // Their text has no tags.
            if !tag.is_end && ["script", "style", "textarea"].contains(&tag.name.as_str()) {
                let end = format!("</{}", tag.name);
                rest = rest.find(&end).map_or("", |end| &rest[end..]);
            }
            tags.push(tag);
        }
        Self { tags }
    }

    /// The links of a page at `path` to pages and files of the same site.
    pub(crate) fn links(&self, path: &str) -> Vec<String> {
        let link = |tag: &Tag| match tag.name.as_str() {
            "a" | "link" => tag.attribute("href").map(str::to_owned),
            "img" | "script" => tag.attribute("src").map(str::to_owned),
            _ => None,
        };
        let path = path.split('?').next().unwrap_or(path);
        let links = self.tags.iter().filter_map(link).filter_map(|link| {
            let link = link.split('#').next().unwrap_or_default();
            if link.starts_with('?') {
                return Some(format!("{path}{link}"));
            }
            is_local(link).then(|| link.to_owned())
        });
        links.collect()
    }

    /// Everything that is wrong with the page.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut ids = BTreeSet::new();
        for id in self.tags.iter().filter_map(|tag| tag.attribute("id")) {
            if !ids.insert(id) {
                faults.push(format!("two elements have the id `{id}`"));
            }
        }
        let labelled: BTreeSet<_> = self
            .tags
            .iter()
            .filter(|tag| tag.name == "label")
            .filter_map(|tag| tag.attribute("for"))
            .collect();
        for id in &labelled {
            if !ids.contains(id) {
                faults.push(format!("a label is for `{id}`, which is not there"));
            }
        }
        let mut labels = 0_usize;
        for tag in &self.tags {
            if tag.name == "label" {
                labels = if tag.is_end {
                    labels.saturating_sub(1)
                } else {
                    labels + 1
                };
            }
            for id in tag.references() {
                if !ids.contains(id) {
                    faults.push(format!(
                        "`{}` refers to `{id}`, which is not there",
                        tag.name
                    ));
                }
            }
            let has_label = labels > 0
                || tag.attribute("aria-label").is_some()
                || tag.attribute("aria-labelledby").is_some()
                || tag.attribute("id").is_some_and(|id| labelled.contains(id));
            if tag.is_control() && !has_label {
                let name = tag.attribute("name").unwrap_or_default();
                faults.push(format!("the control `{name}` has no label"));
            }
        }
        faults
    }
}

impl Tag {
    fn attribute(&self, name: &str) -> Option<&str> {
        let mut attributes = self.attributes.iter();
        let (_, value) = attributes.find(|(found, _)| found == name)?;
        Some(value)
    }

    fn is_control(&self) -> bool {
        let is_visible = |kind: &str| !["hidden", "submit", "button"].contains(&kind);
        match self.name.as_str() {
            "input" => self.attribute("type").is_none_or(is_visible),
            "select" | "textarea" => !self.is_end,
            _ => false,
        }
    }

    /// The ids of other elements.
    fn references(&self) -> impl Iterator<Item = &str> {
        let names = ["aria-describedby", "aria-labelledby", "aria-controls"];
        let lists = names.into_iter().filter_map(|name| self.attribute(name));
        let within = self
            .attribute("href")
            .and_then(|href| href.strip_prefix('#'));
        lists
            .flat_map(str::split_whitespace)
            .chain(within.filter(|id| !id.is_empty()))
    }
}

/// Returns whether a link stays on the site.
pub(crate) fn is_local(link: &str) -> bool {
    link.starts_with('/') && !link.starts_with("//")
}

/// Reads a tag after its `<`, and gives what follows it.
fn read_tag(text: &str) -> (Option<Tag>, &str) {
    let (is_end, text) = match text.strip_prefix('/') {
        Some(text) => (true, text),
        None => (false, text),
    };
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .unwrap_or(text.len());
    let (name, mut rest) = text.split_at(end);
    if name.is_empty() {
        return (None, rest);
    }
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if rest.is_empty() {
            break;
        }
        if let Some(after) = rest.strip_prefix('>') {
            rest = after;
            break;
        }
        let end = rest
            .find(|c: char| c.is_whitespace() || "=>".contains(c))
            .unwrap_or(rest.len());
        let (name, after) = rest.split_at(end.max(1).min(rest.len()));
        let (value, after) = match after.strip_prefix('=') {
            Some(after) => read_value(after),
            None => ("", after),
        };
        attributes.push((name.to_ascii_lowercase(), unescaped(value)));
        rest = after;
    }
    let tag = Tag {
        name: name.to_ascii_lowercase(),
        is_end,
        attributes,
    };
    (Some(tag), rest)
}

/// Reads the value of an attribute, in quotes or without, and gives what follows it.
fn read_value(text: &str) -> (&str, &str) {
    if let Some(quoted) = text.strip_prefix('"') {
        return quoted.split_once('"').unwrap_or((quoted, ""));
    }
    let end = text
        .find(|c: char| c.is_whitespace() || c == '>')
        .unwrap_or(text.len());
    text.split_at(end)
}

/// A text without the escapes that templates write.
fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#x27;", "'")
        .replace("&#39;", "'")
        .replace("&#x2F;", "/")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::Page;

    #[test]
    fn links_of_the_site_are_found() {
        let page = Page::of(
            r##"<a href="/posts?a=1&amp;b=2#top">x</a><a href="?page=2">2</a><a href="https://example.com/">y</a>
            <!-- <a href="/comment"> --><script src="/assets/app.js">"<a href='/no'>"</script><a href="#content">z</a><img src=/i.png>"##,
        );
        assert_eq!(
            page.links("/posts?sort=title"),
            [
                "/posts?a=1&b=2",
                "/posts?page=2",
                "/assets/app.js",
                "/i.png"
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_found() {
        let page = Page::of(
            r##"<p id="a"></p><p id="a"></p><label for="b">B</label><input name="c"><label>D <input name="d"></label>
            <input type="hidden" name="e"><select name="f" aria-label="F"></select><textarea name="g" id="g" aria-describedby="h"><b id="a"></textarea>
            <a href="#nowhere">x</a>"##,
        );
        assert_eq!(
            page.faults(),
            [
                "two elements have the id `a`",
                "a label is for `b`, which is not there",
                "the control `c` has no label",
                "`textarea` refers to `h`, which is not there",
                "the control `g` has no label",
                "`a` refers to `nowhere`, which is not there",
            ]
        );
    }

    #[test]
    fn a_good_page_has_no_faults() {
        let page = Page::of(
            r#"<!doctype html><label for="t">T</label><textarea id="t" name="t" required>
<p id="t"></textarea><input type="checkbox" id="c" name="c" checked><label for="c">C</label>"#,
        );
        assert_eq!(page.faults(), [""; 0]);
    }
}
