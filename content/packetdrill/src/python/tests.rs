//! Python in, what it prints out.

use super::{Raised, Value, run};
use expect_test::{Expect, expect};
#[cfg(not(target_family = "wasm"))]
use proptest::prelude::*;
use std::collections::BTreeMap;
use wasm_bindgen_test::wasm_bindgen_test;

fn evaluate(code: &str) -> String {
    let mut names = |name: &str| match name {
        "tcpi_snd_cwnd" => Some(Value::number(10)),
        "TCP_CA_Open" => Some(Value::number(0)),
        _ => None,
    };
    match run(code, &mut BTreeMap::new(), &mut names) {
        Ok(printed) => printed.join("\n"),
        Err(Raised::Assertion { line, what }) => format!("assertion in {line}: {what}"),
        Err(Raised::Unknown { line, what }) => format!("unknown in {line}: {what}"),
    }
}

fn check(code: &str, expected: Expect) {
    expected.assert_eq(&evaluate(code));
}

#[wasm_bindgen_test(unsupported = test)]
fn arithmetic_is_exact() {
    check(
        "print(1 + 2 * 3 - 4 // 3, 7 % 3, -7 % 3, -7 // 2, 2 ** 10, 2 ** 3 ** 2, -2 ** 2)",
        expect!["6 1 2 -4 1024 512 -4"],
    );
    check(
        "print(1 / 3 + 1 / 6, 3 / 2, 1.5 * 2, 0.1 + 0.2 == 0.3, 1e3, 2.5e-1)",
        expect!["1/2 3/2 3.0 True 1000.0 1/4"],
    );
    check("print(0xff & 0x0f, 1 | 6, 5 ^ 1, ~5, 1 << 4, 256 >> 2)", expect!["15 7 4 -6 16 64"]);
    check(
        "print(abs(-3), min(3, 1, 2), max([1, 5]), int(7 / 2), int(-7 / 2), len('abc'), round(5 / 2), round(7 / 2))",
        expect!["3 1 5 3 -3 3 2 4"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn comparisons_chain() {
    check(
        "print(1 < 2 <= 2, 1 < 2 > 3, 1 == 1.0, not 1 == 2, 1 in (1, 2), 3 not in [1, 2], 'b' in 'abc')",
        expect!["True False True True True True True"],
    );
    check(
        "print(1 and 0, 0 or 5, True + 1, None, (), (1,), (1, 'a'), 1 if 0 else 2)",
        expect!["0 5 2 None () (1,) (1, a) 2"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn loops_go_over_lists_and_ranges() {
    check("sum = 0\nfor n in range(5):\n  sum += n\nprint(sum, range(4, 0, -2))", expect!["10 (4, 2)"]);
    check(
        "for n in (1, 2): assert n < 2, '%5.1f of %d' % (n, 2)",
        expect!["assertion in 0: for n in (1, 2): assert n < 2, '%5.1f of %d' % (n, 2): 2 of 2"],
    );
    check("import math\nprint 'cwnd %d' % tcpi_snd_cwnd, 2", expect!["cwnd 10 2"]);
    check("for n in range(10 ** 9): pass", expect!["unknown in 0: a range of more than 10000 numbers"]);
    check(
        "for a in range(9999):\n  for b in range(9999):\n    pass",
        expect!["unknown in 0: loops of more than 10000 rounds"],
    );
    check("for n in 5: pass", expect!["unknown in 0: a loop over what is no list"]);
    check("assert 1 == 2, unheard_of", expect!["assertion in 0: assert 1 == 2, unheard_of: 1, 2"]);
}

#[wasm_bindgen_test(unsupported = test)]
fn statements_follow_each_other() {
    check("a = 3; a += 4\nb = a * \\\n 2\nprint(a, b); ", expect!["7 14"]);
    check(" print(tcpi_snd_cwnd); cwnd = 10; assert tcpi_snd_cwnd == cwnd, tcpi_snd_cwnd ", expect!["10"]);
    check(
        "\nassert tcpi_snd_cwnd == 10, tcpi_snd_cwnd;\\\n         assert TCP_CA_Open == 0;\\\n",
        expect![""],
    );
    check(
        "if tcpi_snd_cwnd > 5:\n  print('large')\n  if 1: print('nested'); print('twice')\nelif 1:\n  print('no')\nelse:\n  print('small')\nprint('%d of %s' % (1, 'x'))",
        expect![[r#"
            large
            nested
            twice
            1 of x"#]],
    );
    check("\n  # a comment\n  a = (1,\n 2)\n\n  print(a)\n", expect!["(1, 2)"]);
}

#[wasm_bindgen_test(unsupported = test)]
fn assertions_fail_with_their_message() {
    check(
        "assert tcpi_snd_cwnd == 11, tcpi_snd_cwnd",
        expect!["assertion in 0: assert tcpi_snd_cwnd == 11, tcpi_snd_cwnd: 10"],
    );
    check(
        "\nassert 1\nassert tcpi_snd_cwnd == 11, (tcpi_snd_cwnd, 'why')\n",
        expect!["assertion in 2: assert tcpi_snd_cwnd == 11, (tcpi_snd_cwnd, 'why'): (10, why)"],
    );
    check(
        "assert 11 <= tcpi_snd_cwnd <= 12",
        expect!["assertion in 0: assert 11 <= tcpi_snd_cwnd <= 12: 11, 10, 12"],
    );
    check("assert False", expect!["assertion in 0: assert False"]);
}

#[wasm_bindgen_test(unsupported = test)]
fn other_python_is_named() {
    check(
        "import os\nos.abort()",
        expect!["unknown in 1: “.” at this point of Python code is not known here"],
    );
    check("while 1: pass", expect!["unknown in 0: “while” in Python code is not known here"]);
    check("print(a)", expect!["unknown in 0: the name “a” is not known here"]);
    check(
        "print(1 / 0)",
        expect!["unknown in 0: “1 / 0” has no value here: a division by zero, or too large"],
    );
    check(
        "a = 2 ** 500",
        expect!["unknown in 0: “2 ** 500” has no value here: a division by zero, or too large"],
    );
    check("open('f')", expect!["unknown in 0: the call open() with 1 arguments is not known here"]);
    check("a.b = 1", expect!["unknown in 0: “.” at this point of Python code is not known here"]);
    check("a = [1][0]", expect!["unknown in 0: “[” at this point of Python code is not known here"]);
    check(
        "a = 1 +",
        expect!["unknown in 0: the end of the line at this point of Python code is not known here"],
    );
    check("a = 'b", expect!["unknown in 0: a text's end is missing is not known here"]);
    check(
        "a = 1\n  b = 2",
        expect!["unknown in 1: an indentation at this point of Python code is not known here"],
    );
    check("if 1:\nprint(1)", expect!["unknown in 1: “print” at this point of Python code is not known here"]);
    check("a = {1: 2}", expect!["unknown in 0: “{” in Python code is not known here"]);
    check(
        &format!("a = {}1", "(".repeat(100)),
        expect!["unknown in 0: Python code that is nested too deeply is not known here"],
    );
    check(
        &format!("a = 1{}", " + 1".repeat(5_000)),
        expect!["unknown in 0: a statement of more than 500 words is not known here"],
    );
    check(
        &format!("a = {}1", "-".repeat(5_000)),
        expect!["unknown in 0: a statement of more than 500 words is not known here"],
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn texts_and_lists_do_not_grow_without_bound() {
    let too_large = "texts and lists of more than 1000000 characters and elements in all";
    for first in ["'ab'", "[1, 2]"] {
        let code = format!("x = {first}\nfor i in range(60):\n  x = x + x");
        assert_eq!(evaluate(&code), format!("unknown in 2: {too_large}"));
        assert_eq!(evaluate(&code.replace("x = x + x", "x += x")), format!("unknown in 2: {too_large}"));
        assert_eq!(evaluate(&code.replace("x + x", "[x, x]")), format!("unknown in 2: {too_large}"));
    }
    check("x = 1\nfor i in range(100):\n  x = [x]", expect!["unknown in 2: lists in lists deeper than 50"]);
    check(
        "x = 'a'\nfor i in range(1000):\n  x = x + 'b'\nprint(len(x))",
        expect!["unknown in 2: texts and lists of more than 1000000 characters and elements in all"],
    );
    // What variables hold from one piece of code to the next counts as well.
    let mut variables = BTreeMap::new();
    let rounds = (0..2_000).take_while(|round| {
        let code = format!("v{round} = range(10000)");
        run(&code, &mut variables, &mut |_| None).is_ok()
    });
    assert_eq!(rounds.count(), 100);
}

#[cfg(not(target_family = "wasm"))]
proptest! {
    #[test]
    fn no_code_makes_the_evaluator_panic(code in any::<String>()) {
        evaluate(&code);
    }

    #[test]
    fn no_piece_of_python_makes_the_evaluator_panic(
        pieces in proptest::collection::vec(
            prop::sample::select(vec![
                "a", "1", "170141183460469231731687303715884105727", "0.5", "1e30", "+", "-", "*", "**", "//", "/", "%", "<<", ">>", "~",
                "(", ")", "[", "]", ",", "=", "==", "+=", " ", "\n", "\n  ", ";", ":", "if", "else", "not", "in", "assert", "print", "abs(",
                "int(", "round(", "min(", "'", "\"", "\\", "\\\n", "#", ".", "tcpi_snd_cwnd",
            ]),
            0..30,
        )
    ) {
        evaluate(&pieces.join(" "));
        evaluate(&pieces.concat());
    }
}
