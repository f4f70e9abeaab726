//! Chromium and its tracing, spoken to over the DevTools protocol (<https://chromedevtools.github.io/devtools-protocol/>), without a
//! driver between: what is measured is the page.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Message, WebSocket};

/// A browser with one page, ended with its value.
pub struct Browser {
    child: Child,
    profile: PathBuf,
    socket: WebSocket<MaybeTlsStream<TcpStream>>,
    session: String,
    next: u64,
    traced: Vec<Value>,
    done: bool,
}

impl Browser {
    /// Starts a headless Chromium whose window has this size.
    pub fn start(chromium: &str, width: u32, height: u32) -> Result<Browser> {
        let profile = std::env::temp_dir().join(format!("tcp-lab-bench-{}", std::process::id()));
        let mut child = Command::new(chromium)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-dev-shm-usage",
            ])
            .args([
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ])
            .args(["--remote-debugging-port=0", &format!("--window-size={width},{height}")])
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg("about:blank")
            .stderr(Stdio::piped())
            .spawn()
            .context("cannot start Chromium")?;
        let stderr = child.stderr.take().context("it is piped")?;
        let mut lines = BufReader::new(stderr).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("DevTools listening on ").map(str::to_owned))
            .context("Chromium does not say where its tools listen")?;
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        let (socket, _) = tungstenite::connect(&address).context("Chromium's tools do not answer")?;
        let mut browser = Browser {
            child,
            profile,
            socket,
            session: String::new(),
            next: 0,
            traced: Vec::new(),
            done: false,
        };
        let target = browser.ask("Target.createTarget", json!({"url": "about:blank"}))?;
        let attached =
            browser.ask("Target.attachToTarget", json!({"targetId": target["targetId"], "flatten": true}))?;
        browser.session = attached["sessionId"].as_str().context("a session has a name")?.to_owned();
        browser.ask("Page.enable", json!({}))?;
        Ok(browser)
    }

    /// Opens a page and waits until an expression of it is true.
    pub fn open(&mut self, address: &str, ready: &str) -> Result<()> {
        self.ask("Page.navigate", json!({"url": address}))?;
        let wait = format!(
            "new Promise((done, fail) => {{ const since = performance.now(); (function look() {{ \
               if ({ready}) done(true); else if (performance.now() - since > 20000) fail(new Error('not ready')); \
               else setTimeout(look, 50); }})(); }})"
        );
        self.evaluate(&wait).with_context(|| format!("{address} does not get ready"))?;
        Ok(())
    }

    /// The value of an expression of the page; a promise is waited for.
    pub fn evaluate(&mut self, expression: &str) -> Result<Value> {
        let parameters = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let answer = self.ask("Runtime.evaluate", parameters)?;
        if let Some(failed) = answer.get("exceptionDetails") {
            bail!("the page says: {}", failed["exception"]["description"].as_str().unwrap_or("it failed"));
        }
        Ok(answer["result"]["value"].clone())
    }

    /// What the browser traced while an expression of the page ran, and the expression's value.
    pub fn trace(&mut self, expression: &str) -> Result<(Vec<Value>, Value)> {
        let session = std::mem::take(&mut self.session);
        let categories = ["devtools.timeline", "disabled-by-default-devtools.timeline", "toplevel", "v8"];
        self.traced.clear();
        self.done = false;
        self.ask(
            "Tracing.start",
            json!({"transferMode": "ReportEvents", "traceConfig": {"includedCategories": categories}}),
        )?;
        self.session.clone_from(&session);
        let ran = self.evaluate(expression);
        self.session.clear();
        self.ask("Tracing.end", json!({}))?;
        while !self.done {
            self.read()?;
        }
        self.session = session;
        let value = ran?;
        Ok((std::mem::take(&mut self.traced), value))
    }

    fn ask(&mut self, method: &str, parameters: Value) -> Result<Value> {
        self.next += 1;
        let id = self.next;
        let mut request = json!({"id": id, "method": method, "params": parameters});
        if !self.session.is_empty() {
            request["sessionId"] = self.session.clone().into();
        }
        self.socket.send(Message::text(request.to_string())).context("Chromium is gone")?;
        loop {
            let Some(mut answer) = self.read()? else { continue };
            if answer["id"] == id {
                if let Some(error) = answer.get("error") {
                    bail!("{method}: {error}");
                }
                return Ok(answer["result"].take());
            }
        }
    }

    /// The next message, unless it is a part of the trace.
    fn read(&mut self) -> Result<Option<Value>> {
        let Message::Text(text) = self.socket.read().context("Chromium is gone")? else { return Ok(None) };
        let mut message: Value = serde_json::from_str(&text).context("Chromium speaks JSON")?;
        match message["method"].as_str() {
            Some("Tracing.dataCollected") => {
                if let Value::Array(events) = message["params"]["value"].take() {
                    self.traced.extend(events);
                }
                Ok(None)
            }
            Some("Tracing.tracingComplete") => {
                self.done = true;
                Ok(None)
            }
            _ => Ok(Some(message)),
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}
