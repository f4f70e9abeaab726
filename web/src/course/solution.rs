//! Solutions as HTML: folded in the prerendered page, and shown in the live one when they may be.

use lessons::{Exercise, Field, Fill, Kind, Values, escape};

/// The right answer of an exercise; of a program the first solution.
pub fn solution(exercise: &Exercise) -> String {
    match &exercise.kind {
        Kind::Choose(choose) => {
            let right = choose.choices.iter().filter(|choice| choice.right);
            list("ul", right.map(|choice| choice.text.clone()))
        }
        Kind::Order(order) => list("ol", order.items.iter().map(|item| escape(item))),
        Kind::Fill(fill) | Kind::Decode(fill) => {
            fill.truth().map_or_else(|_| String::new(), |truth| values(fill, &truth))
        }
        Kind::Build(build) => format!("<pre tabindex=\"0\">{}</pre>", build.right().unwrap_or_default()),
        Kind::Program(program) => {
            let right = program.answers.iter().filter(|answer| answer.fails.is_none());
            let texts = right.flat_map(|answer| {
                let files =
                    answer.files.values().map(|text| format!("<pre tabindex=\"0\">{}</pre>", escape(text)));
                core::iter::once(format!("<p>{}: {}</p>", escape(&answer.title), escape(&answer.why)))
                    .chain(files)
            });
            texts.collect()
        }
        Kind::Operate(operate) => {
            let right = operate.answers.iter().find(|answer| answer.says.is_none());
            let steps = right.into_iter().flat_map(|answer| &answer.steps);
            list(
                "ol",
                steps.map(|step| {
                    let part = |name: &str| step[name].as_str().unwrap_or_default().to_owned();
                    format!("{}: <code>{}</code>", escape(&part("host")), escape(&part("call")))
                }),
            )
        }
    }
}

fn list(kind: &str, items: impl Iterator<Item = String>) -> String {
    let items: String = items.map(|item| format!("<li>{item}</li>")).collect();
    format!("<{kind}>{items}</{kind}>")
}

fn values(fill: &Fill, truth: &Values) -> String {
    let asked = fill.fields.iter().filter_map(|key| Field::named(key).ok());
    let rows = asked.filter_map(|field| {
        let value = field.write(*truth.get(&field)?);
        Some(format!(
            "<tr><th scope=\"row\">{}</th><td><code>{value}</code></td></tr>",
            escape(field.label())
        ))
    });
    format!("<table>{}</table>", rows.collect::<String>())
}
