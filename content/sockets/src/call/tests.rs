use super::*;

fn read(json: &str) -> Result<Op, serde_json::Error> {
    Op::from_json(serde_json::from_str(json)?)
}

fn written(op: &Op) -> String {
    let fields: std::collections::BTreeMap<String, Json> = op.to_json().into_iter().collect();
    serde_json::to_string(&fields).expect("JSON")
}
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test(unsupported = test)]
fn a_call_is_json_that_a_learner_can_read() {
    let op = read(r#"{"call":"bind","socket":3,"address":["127.0.0.1",5000]}"#).expect("a bind");
    assert_eq!(op.kind(), OpKind::Bind);
    assert_eq!(op.socket(), Some(SocketId(3)));
    assert_eq!(written(&op), r#"{"address":["127.0.0.1",5000],"call":"bind","socket":3}"#);
    let op = read(r#"{"call":"gethostname"}"#).expect("a gethostname");
    assert_eq!(written(&op), r#"{"call":"gethostname"}"#);
    let poll = r#"{"call":"poll","watch":[{"socket":3,"events":["POLLIN","POLLOUT"]}]}"#;
    let op = read(poll).expect("a poll");
    assert_eq!(Json::Object(op.to_json()), serde_json::from_str::<Json>(poll).expect("JSON"));
    assert_eq!((op.socket(), op.sockets().collect::<Vec<_>>()), (None, vec![SocketId(3)]));
    let op = read(r#"{"call":"getnameinfo","address":["10.0.0.2",80]}"#).expect("a getnameinfo");
    assert_eq!(written(&op), r#"{"address":["10.0.0.2",80],"call":"getnameinfo"}"#);
}

#[wasm_bindgen_test(unsupported = test)]
fn what_is_not_a_call_is_named() {
    let error = |json| read(json).expect_err("not a call").to_string();
    assert!(error(r#"{"call":"forkbomb"}"#).contains("unknown variant `forkbomb`"));
    assert!(error(r#"{"call":"listen","socket":1}"#).contains("missing field `backlog`"));
    assert!(error(r#"{"call":"recv","socket":1,"max":-5}"#).contains("invalid value: integer `-5`"));
    assert!(error(r#"{"call":"poll","watch":[{"socket":1,"events":["POLLMSG"]}]}"#).contains("POLLMSG"));
    assert!(error(r#"{"call":"poll"}"#).contains("missing field `watch`"));
    assert!(error(r#"{"call":"close","socket":1,"linger":true}"#).contains("unknown field `linger`"));
    assert!(error(r#"{"call":"setsockopt","socket":1,"option":"SO_MARK","value":1}"#).contains("SO_MARK"));
}

#[wasm_bindgen_test(unsupported = test)]
fn a_call_waits_unless_it_is_told_not_to() {
    let recv = |flags| Op::Recv { socket: SocketId(1), max: 1, flags };
    assert!(recv([].into()).may_wait(None) && recv([].into()).may_wait(Some(Micros(5))));
    assert!(!recv([].into()).may_wait(Some(Micros::ZERO)));
    assert!(!recv([MsgFlag::DontWait].into()).may_wait(None));
    assert!(!Op::Close { socket: SocketId(1) }.may_wait(None));
}

#[wasm_bindgen_test(unsupported = test)]
fn every_kind_is_listed_once_and_named_as_in_json() {
    for kind in OpKind::ALL {
        let json = format!(r#"{{"call":"{}"}}"#, kind.name());
        let known = match read(&json) {
            Ok(op) => op.kind() == kind,
            Err(error) => error.to_string().contains("missing field"),
        };
        assert!(known, "{json}");
    }
}
