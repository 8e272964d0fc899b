//! [`Page`]: a page of the guide in a headless Chromium, driven over the DevTools protocol.
//!
//! Chromium reads commands from its file descriptor 3 and writes replies to 4
//! (`--remote-debugging-pipe`), each a JSON text that ends with an octet 0. So it takes no port, no
//! driver and no library; and Chromium ends when its pipe is closed, even if the test was killed.

use data_encoding::BASE64;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// The time that a page has for each thing that it is waited for.
const LIMIT: Duration = Duration::from_secs(20);
/// The names of the program on Debian, on Ubuntu, and of Google's build.
const PROGRAMS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// A tab, with the guide behind it. Both end with it.
pub(crate) struct Page {
    guide: Child,
    chromium: Child,
    commands: ChildStdin,
    messages: Receiver<Value>,
    last_id: u64,
    session: Value,
    /// The faults that the browser has reported: exceptions, violations of policies, failed requests.
    faults: Vec<String>,
    /// `http://127.0.0.1:PORT`.
    origin: String,
    _profile: tempfile::TempDir,
}

/// Starts a guide to the course in `root`, and a browser. Returns none where there is no Chromium;
/// with `CI=true` it has to be there.
pub(crate) fn start(root: &Path) -> Option<Page> {
    let Some(program) = program() else {
        let is_ci = std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(
            !is_ci,
            "none of {PROGRAMS:?} is installed: apt-get install chromium"
        );
        eprintln!("skipped: none of {PROGRAMS:?} is installed");
        return None;
    };
    let (guide, origin) = start_guide(root);
    let profile = tempfile::tempdir().expect("a temporary folder");
    let mut chromium = launch(&program, profile.path());
    let commands = chromium.stdin.take().expect("a pipe");
    let replies = BufReader::new(chromium.stdout.take().expect("a pipe"));
    let (sender, messages) = channel();
    thread::spawn(move || {
        for text in replies.split(0).map_while(Result::ok) {
            let message = serde_json::from_slice(&text).unwrap_or_default();
            if sender.send(message).is_err() {
                break;
            }
        }
    });
    let mut page = Page {
        guide,
        chromium,
        commands,
        messages,
        last_id: 0,
        session: Value::Null,
        faults: Vec::new(),
        origin,
        _profile: profile,
    };
    let target = page.call("Target.createTarget", json!({ "url": "about:blank" }));
    let attach = json!({ "targetId": target["targetId"], "flatten": true });
    page.session = page.call("Target.attachToTarget", attach)["sessionId"].clone();
    for domain in ["Page", "Runtime", "Log", "Network"] {
        page.call(&format!("{domain}.enable"), json!({}));
    }
    Some(page)
}

/// Starts Chromium with its two pipes at standard input and output.
fn launch(program: &Path, profile: &Path) -> Child {
    Command::new("sh")
        .args(["-c", r#"exec "$@" 3<&0 4>&1 </dev/null >/dev/null"#, "sh"])
        .arg(program)
        .args([
            "--headless",
            "--remote-debugging-pipe",
            // Only the guide's own pages are loaded; and root, as in a container, has no sandbox.
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-extensions",
            "--disable-background-networking",
        ])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg("about:blank")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("sh starts")
}

fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    PROGRAMS.iter().find_map(|program| {
        let places = folders.iter().map(|folder| folder.join(program));
        places.into_iter().find(|place| place.is_file())
    })
}

fn start_guide(root: &Path) -> (Child, String) {
    let mut guide = Command::new(env!("CARGO_BIN_EXE_guide"))
        .arg("--root")
        .arg(root)
        .args(["--port", "0"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the guide starts");
    let mut line = String::new();
    let mut output = BufReader::new(guide.stdout.take().expect("a pipe"));
    output.read_line(&mut line).expect("the guide's first line");
    let origin = line
        .split_whitespace()
        .find(|word| word.starts_with("http://"));
    let origin = origin.unwrap_or_else(|| panic!("no URL in {line:?}"));
    let origin = origin.trim_end_matches('/').to_owned();
    // A full pipe would stop the guide.
    thread::spawn(move || output.read_to_end(&mut Vec::new()));
    (guide, origin)
}

impl Page {
    /// Goes to a page of the guide, and waits until it is loaded.
    pub(crate) fn open(&mut self, path: &str) {
        let url = format!("{}{path}", self.origin);
        // A change of the fragment alone would load nothing.
        self.call("Page.navigate", json!({ "url": "about:blank" }));
        let reply = self.call("Page.navigate", json!({ "url": url }));
        assert!(reply["errorText"].is_null(), "{url}: {reply}");
        self.wait_for("location.protocol === 'http:' && document.readyState === 'complete'");
    }

    /// Sets the size of the window, dark or light, and whether motion is to be reduced.
    pub(crate) fn look(&mut self, (width, height): (u32, u32), is_dark: bool) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", size);
        let scheme = if is_dark { "dark" } else { "light" };
        let features = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.call("Emulation.setEmulatedMedia", features);
    }

    /// Evaluates JavaScript, and waits for its promise.
    pub(crate) fn eval(&mut self, script: &str) -> Value {
        let parameters =
            json!({ "expression": script, "awaitPromise": true, "returnByValue": true });
        let reply = self.call("Runtime.evaluate", parameters);
        let exception = &reply["exceptionDetails"];
        assert!(exception.is_null(), "{script}: {exception:#}");
        reply["result"]["value"].clone()
    }

    /// Returns the result of JavaScript as text.
    pub(crate) fn text(&mut self, script: &str) -> String {
        match self.eval(script) {
            Value::String(text) => text,
            other => other.to_string(),
        }
    }

    /// Waits until JavaScript is true, and panics with the page's text if that takes too long.
    pub(crate) fn wait_for(&mut self, script: &str) {
        let end = Instant::now() + LIMIT;
        // While a page is loaded, there may be nothing to evaluate the script in.
        let script_in = format!("Boolean({script})");
        let parameters = json!({ "expression": script_in, "returnByValue": true });
        while self.try_call("Runtime.evaluate", &parameters)["result"]["result"]["value"] != true {
            if Instant::now() > end {
                let shown = self.text("location.href + '\\n' + document.body?.innerText");
                panic!("not true after {LIMIT:?}: {script}\nThe page:\n{shown}");
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Presses and releases a key, as `KeyboardEvent.key` names it.
    pub(crate) fn press(&mut self, key: &str) {
        let code = match key {
            "Tab" => 9,
            "Enter" => 13,
            " " => 32,
            "ArrowLeft" => 37,
            "ArrowUp" => 38,
            "ArrowRight" => 39,
            "ArrowDown" => 40,
            _ => panic!("{key} has no code here"),
        };
        let text = match key {
            "Enter" => "\r",
            " " => " ",
            _ => "",
        };
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { text } else { "" };
            let event =
                json!({ "type": kind, "key": key, "windowsVirtualKeyCode": code, "text": text });
            self.call("Input.dispatchKeyEvent", event);
        }
    }

    /// Presses Tab until an element that the selector matches has the focus.
    pub(crate) fn tab_to(&mut self, selector: &str) {
        for _ in 0..60 {
            if self.eval(&format!("document.activeElement.matches({selector:?})")) == true {
                return;
            }
            self.press("Tab");
        }
        panic!("no way to {selector} with Tab, which is needed without a mouse");
    }

    /// Types a text into the element that has the focus, in place of its text.
    pub(crate) fn type_over(&mut self, text: &str) {
        self.eval("document.activeElement.select()");
        self.call("Input.insertText", json!({ "text": text }));
    }

    /// Keeps a picture of the window below `target/tmp`, to be looked at.
    pub(crate) fn picture(&mut self, name: &str) {
        let whole = json!({ "captureBeyondViewport": true });
        let reply = self.call("Page.captureScreenshot", whole);
        let text = reply["data"].as_str().unwrap_or_default();
        let octets = BASE64.decode(text.as_bytes()).unwrap_or_default();
        assert!(octets.starts_with(b"\x89PNG"), "{name}: no picture");
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.png"));
        std::fs::write(&place, octets).expect("the picture is written");
    }

    /// Fails if the browser has reported a fault since the last call.
    pub(crate) fn expect_no_fault(&mut self, place: &str) {
        // Reports of what happened before this call come before its reply.
        self.eval("1");
        let faults = std::mem::take(&mut self.faults);
        assert!(faults.is_empty(), "{place}:\n{}", faults.join("\n"));
    }

    /// Drops the reports of faults that a test has provoked.
    pub(crate) fn forget_faults(&mut self) {
        self.eval("1");
        self.faults.clear();
    }

    /// Sends a command, and returns its result.
    fn call(&mut self, method: &str, parameters: Value) -> Value {
        let mut reply = self.try_call(method, &parameters);
        let error = &reply["error"];
        assert!(error.is_null(), "{method} {parameters}: {error}");
        reply["result"].take()
    }

    /// Sends a command, and waits for its reply: a result or an error.
    fn try_call(&mut self, method: &str, parameters: &Value) -> Value {
        self.last_id += 1;
        let mut command = json!({ "id": self.last_id, "method": method, "params": parameters });
        if let (Some(command), false) = (command.as_object_mut(), self.session.is_null()) {
            command.insert("sessionId".to_owned(), self.session.clone());
        }
        let text = format!("{command}\0");
        let is_sent = self.commands.write_all(text.as_bytes());
        is_sent.expect("Chromium reads commands");
        let end = Instant::now() + LIMIT;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let message = self.messages.recv_timeout(left);
            let message =
                message.unwrap_or_else(|error| panic!("{method} {parameters}: no reply: {error}"));
            if message["id"] == self.last_id {
                return message;
            }
            self.faults.extend(fault(&message));
        }
    }
}

/// Returns the fault that an event reports.
fn fault(event: &Value) -> Option<String> {
    let details = &event["params"];
    match event["method"].as_str()? {
        "Runtime.exceptionThrown" => Some(details["exceptionDetails"].to_string()),
        "Log.entryAdded" if details["entry"]["level"] == "error" => {
            Some(details["entry"].to_string())
        }
        // A request that was given up since the page was left is no fault.
        "Network.loadingFailed" if details["canceled"] != true => Some(details.to_string()),
        "Network.responseReceived" if details["response"]["status"].as_u64() >= Some(400) => {
            Some(format!(
                "{} {}",
                details["response"]["status"], details["response"]["url"]
            ))
        }
        _ => None,
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        for child in [&mut self.chromium, &mut self.guide] {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
