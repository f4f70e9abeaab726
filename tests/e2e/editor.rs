//! What the code editor offers by name, beside CPython's own.

use serde_json::Value;

use super::python::Python;

/// The checks, in Python: each line that it prints is a mistake. `known` comes before it.
const CHECKS: &str = r#"
import builtins, importlib.util, inspect, keyword, re, socket

def check(where, names):
    for name, signature, *sentence in names["functions"]:
        thing = getattr(where, name, None)
        if not callable(thing):
            print(f"{where.__name__} has no function {name}")
            continue
        if not (sentence and sentence[0].endswith(".")):
            print(f"{name} lacks its sentence")
        try:
            real = list(inspect.signature(thing).parameters)
        except ValueError:  # written in C: CPython does not tell
            continue
        if real[:1] == ["self"]:
            real = real[1:]
        ours = [re.split("[=:]", part)[0].strip() for part in signature[1:-1].split(",")]
        ours = [part for part in ours if part not in ("", "*")]
        if ours != real:
            print(f"{name} takes {real}, not {ours}")
    for name, sentence in names["constants"] + names.get("exceptions", []):
        if not hasattr(where, name):
            print(f"{where.__name__} has no {name}")
    for name, _ in names.get("exceptions", []):
        if not issubclass(getattr(where, name, int), OSError):
            print(f"{name} is no exception of sockets")

check(socket, known["socket module"])
check(socket.socket, known["socket object"])
missing = set(dir(socket.socket)) - {name for kind in known["socket object"].values() for name, *_ in kind}
for name in missing - {"sendmsg_afalg"}:
    if not name.startswith("_"):
        print(f"a socket's {name} is not offered")
python = known["python"]
for name in set(keyword.kwlist) ^ set(python["keywords"]) - {"case", "match"}:
    print(f"{name}: a keyword there or here, not in both")
for name in python["builtins"]:
    if name != "__name__" and not hasattr(builtins, name):
        print(f"{name} is not built in")
for name in python["modules"]:
    if importlib.util.find_spec(name) is None:
        print(f"there is no module {name}")
"#;

fn mistakes(known: &Value) -> Vec<String> {
    // Python reads JSON without true, false and null as its own.
    Python::start(&format!("known = {known}\n{CHECKS}")).rest(30)
}

fn known() -> Value {
    let text = include_str!("../../web/editor/socket.json");
    serde_json::from_str(text).expect("web/editor/socket.json is JSON")
}

#[test]
#[ignore = "needs CPython: cargo xtask test e2e"]
fn every_name_that_the_editor_offers_is_known_to_cpython() {
    assert_eq!(mistakes(&known()), [""; 0]);
}

#[test]
#[ignore = "needs CPython: cargo xtask test e2e"]
fn a_name_that_cpython_does_not_know_is_found() {
    let mut known = known();
    known["socket module"]["constants"][0][0] = "AF_INTERNET".into();
    known["socket object"]["functions"][0][0] = "receive".into();
    let found = mistakes(&known);
    for mistake in
        ["socket has no AF_INTERNET", "socket has no function receive", "a socket's accept is not offered"]
    {
        assert!(found.iter().any(|line| line == mistake), "{mistake}: {found:?}");
    }
}
