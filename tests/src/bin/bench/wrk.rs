//! The load, made by wrk on a processor core of its own.

use std::{fs, net::SocketAddr, path::Path, process::Command};

use serde_json::Value;

use crate::{contender::Request, server::on_core};

/// Sends always the same request, and prints what was counted as JSON. Times are in microseconds.
const SCRIPT: &str = r#"
wrk.method = "METHOD"
wrk.body = BODY
wrk.headers["content-type"] = "application/json"
HEADERS
done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format('FIGURES {"requests":%d,"duration":%d,"failed":%d,"p50":%d,"p99":%d}\n',
    summary.requests, summary.duration, errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"#;

/// What wrk has counted.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) requests: f64,
    /// Requests without an answer, or with one of 400 and above.
    pub(crate) failed: f64,
    pub(crate) per_second: f64,
    /// Latencies in milliseconds.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

/// Sends requests for some seconds. `folder` is for the script.
///
/// # Panics
///
/// When more than one request in a hundred fails: errors are answered faster than anything else.
pub(crate) fn run(
    address: SocketAddr,
    request: &Request,
    connections: u32,
    seconds: u32,
    folder: &Path,
) -> Load {
    let script = folder.join("wrk.lua");
    let body = match &request.body {
        Some(body) => format!("[==[{body}]==]"),
        None => "nil".to_owned(),
    };
    let headers = request.headers.iter();
    let headers =
        headers.map(|(name, value)| format!("wrk.headers[\"{name}\"] = [==[{value}]==]\n"));
    fs::write(
        &script,
        SCRIPT
            .replace("METHOD", request.method)
            .replace("HEADERS", &headers.collect::<String>())
            .replace("BODY", &body),
    )
    .expect("the script can be written");
    let mut command = Command::new("wrk");
    command
        .arg("-t1")
        .arg(format!("-c{connections}"))
        .arg(format!("-d{seconds}s"))
        .arg("--latency")
        .arg("-s")
        .arg(&script)
        .arg(format!("http://{address}{}", request.path));
    let output = on_core(1, &command)
        .output()
        .expect("wrk and taskset are installed");
    let text = String::from_utf8_lossy(&output.stdout);
    let load = parse(&text).unwrap_or_else(|| panic!("wrk does not count\n{text}"));
    assert!(
        load.failed * 100.0 <= load.requests,
        "{} of {} requests failed: {} {}",
        load.failed,
        load.requests,
        request.method,
        request.path
    );
    load
}

/// The figures in wrk's output.
fn parse(text: &str) -> Option<Load> {
    let json = text
        .lines()
        .find_map(|line| line.strip_prefix("FIGURES "))?;
    let figures: Value = serde_json::from_str(json).ok()?;
    let figure = |name: &str| figures[name].as_f64();
    let requests = figure("requests")?;
    Some(Load {
        requests,
        failed: figure("failed")?,
        per_second: requests / (figure("duration")? / 1e6),
        p50: figure("p50")? / 1e3,
        p99: figure("p99")? / 1e3,
    })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn failed_requests_are_counted() {
        let text = |failed| {
            format!(
                "Running 1s test\nFIGURES {{\"requests\":100,\"duration\":2000000,\"failed\":{failed},\"p50\":1500,\"p99\":2500}}\n"
            )
        };
        let load = parse(&text(3)).expect("figures");
        assert!((load.per_second - 50.0).abs() < 1e-9 && (load.p99 - 2.5).abs() < 1e-9);
        assert!((load.failed - 3.0).abs() < 1e-9);
        assert!(parse("Running 1s test").is_none());
    }
}
