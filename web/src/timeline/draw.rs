//! A [`Scene`] as SVG. Colours and fonts are the style sheet's; here are shapes, and a class for each meaning.

use super::room::StageProps;
use super::scene::{Life, Line, Mark, Mood, Scene, Shape};
use super::ties::TieKind;
use sockets::CallId;
use yew::prelude::*;

/// The picture of a scene. `props` tell what it is called, which call is marked, and who is told of pointing.
pub fn picture(scene: &Scene, props: &StageProps) -> Html {
    let columns = scene.columns.iter().map(|column| {
        let (left, right) = (column.left + 4, column.left + column.width - 4);
        let x = if column.mirrored { right } else { left };
        html! {
            <g class={classes!("column", column.role.class())}>
                <text class="player" x={x.to_string()} y="22" text-anchor={anchor(column.mirrored)}>{ cut_name(&column.name, column.width) }</text>
                <line class="rule" x1={left.to_string()} x2={right.to_string()} y1="32" y2="32" />
            </g>
        }
    });
    let stamps = scene.stamps.iter().map(|stamp| {
        html! { <text class="stamp" x="38" y={(stamp.y + 4).to_string()} text-anchor="end">{ stamp.text.clone() }</text> }
    });
    let folds = scene.folds.iter().map(|fold| {
        let y = fold.y;
        html! {
            <g class="fold">
                <line x1="44" x2={scene.width.to_string()} y1={(y - 3).to_string()} y2={(y - 3).to_string()} />
                <line x1="44" x2={scene.width.to_string()} y1={(y + 3).to_string()} y2={(y + 3).to_string()} />
                <text class="stamp" x="38" y={(y + 4).to_string()} text-anchor="end">{ fold.text.clone() }</text>
            </g>
        }
    });
    let notes = scene.notes.iter().map(|note| {
        html! {
            <g class="note">
                <rect x={(note.x - 3).to_string()} y={(note.y - 3).to_string()} width="6" height="6" />
                <text x={note.label_x.to_string()} y={(note.y + 4).to_string()} text-anchor={anchor(note.mirrored)}>{ note.text.clone() }</text>
            </g>
        }
    });
    html! {
        <svg
            class="time-line"
            role="img"
            aria-label={props.label.clone()}
            width={rem(scene.width)}
            height={rem(scene.height)}
            viewBox={format!("0 0 {} {}", scene.width, scene.height)}
        >
            <defs>
                <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                    <rect class="hatch" width="2.5" height="6" />
                </pattern>
            </defs>
            { for columns }
            { for folds }
            { for stamps }
            { for scene.lives.iter().map(draw_life) }
            { for scene.lines.iter().map(|line| draw_line(line, props.picked)) }
            { for notes }
            { for scene.marks.iter().map(|mark| draw_mark(mark, props)) }
        </svg>
    }
}

fn draw_life(life: &Life) -> Html {
    let x = life.x.to_string();
    html! {
        <g key={format!("life-{}", life.socket)} class={classes!("life", life.role.class())}>
            <line x1={x.clone()} x2={x.clone()} y1={life.top.to_string()} y2={life.bottom.to_string()} />
            if life.closed {
                <line class="end" x1={(life.x - 5).to_string()} x2={(life.x + 5).to_string()} y1={life.bottom.to_string()} y2={life.bottom.to_string()} />
            }
        </g>
    }
}

fn draw_line(line: &Line, picked: Option<CallId>) -> Html {
    let ((x1, y1), (x2, y2)) = (line.from, line.to);
    let kind = match line.kind {
        TieKind::Handshake => "syn",
        TieKind::Data { .. } => "data",
        TieKind::End => "fin",
    };
    let near = picked.is_some_and(|call| call == line.calls.0 || call == line.calls.1);
    // The arrow's head, two strokes back along the line; in tenths of a pixel.
    let (dx, dy) = (i64::from(x2 - x1), i64::from(y2 - y1));
    let length = (dx * dx + dy * dy).isqrt().max(1);
    let back = |along: i64, aside: i64| {
        let x = i64::from(x2) * 10 - (dx * along + dy * aside) / length;
        let y = i64::from(y2) * 10 - (dy * along - dx * aside) / length;
        (tenths(x), tenths(y))
    };
    let ((tip_x, tip_y), (left_x, left_y), (right_x, right_y)) = (back(60, 0), back(130, 35), back(130, -35));
    html! {
        <g key={format!("tie-{}-{}", line.calls.0, line.calls.1)} class={classes!("tie", kind, near.then_some("near"))}>
            <line x1={x1.to_string()} y1={y1.to_string()} x2={tip_x.clone()} y2={tip_y.clone()} />
            <polyline points={format!("{left_x},{left_y} {tip_x},{tip_y} {right_x},{right_y}")} />
            <title>{ line.text.clone() }</title>
        </g>
    }
}

fn draw_mark(mark: &Mark, props: &StageProps) -> Html {
    let mood = match mark.mood {
        Mood::Fine => "fine",
        Mood::Failed => "failed",
        Mood::Waiting => "waiting",
    };
    let picked = props.picked == Some(mark.call);
    let (x, top, bottom) = (mark.x, mark.top, mark.bottom);
    let bar = |class: &'static str| {
        html! { <rect class={class} x={(x - 4).to_string()} y={top.to_string()} width="8" height={(bottom - top).max(4).to_string()} rx="2" /> }
    };
    let shape = match (mark.shape, mark.mood) {
        (Shape::Dot, Mood::Failed) => html! {
            <path class="dot" d={format!("M{} {}l8 8m0 -8l-8 8", x - 4, top - 4)} />
        },
        (Shape::Dot, _) => html! { <circle class="dot" cx={x.to_string()} cy={top.to_string()} r="4" /> },
        (Shape::Bar, _) => bar("bar"),
        (Shape::Waiting, _) => html! { <>{ bar("ground") }{ bar("bar") }</> },
    };
    let width = label_width(&mark.label);
    let back_x = if mark.mirrored { mark.label_x - width - 4 } else { mark.label_x - 4 };
    let point = |call: Option<CallId>| {
        props.on_pick.as_ref().map(|on_pick| on_pick.reform(move |_: MouseEvent| call))
    };
    html! {
        <g
            key={format!("call-{}", mark.call)}
            class={classes!("call", mood, picked.then_some("picked"))}
            onmouseenter={point(Some(mark.call))}
            onmouseleave={point(None)}
        >
            <rect class="back" x={back_x.to_string()} y={(top - 10).to_string()} width={(width + 8).to_string()} height="19" rx="3" />
            { shape }
            <text x={mark.label_x.to_string()} y={(top + 4).to_string()} text-anchor={anchor(mark.mirrored)}>{ mark.label.clone() }</text>
            if let Some((y, text)) = &mark.result {
                <text class="result" x={mark.label_x.to_string()} y={(y + 4).to_string()} text-anchor={anchor(mark.mirrored)}>{ text.clone() }</text>
            }
        </g>
    }
}

/// The scene's pixels are sixteenths of the page's font size, so that the picture grows with the words around it.
fn rem(pixels: i32) -> String {
    format!("{}.{:04}rem", pixels / 16, pixels % 16 * 625)
}

fn tenths(number: i64) -> String {
    let number = number.max(0);
    format!("{}.{}", number / 10, number % 10)
}

const fn anchor(mirrored: bool) -> &'static str {
    if mirrored { "end" } else { "start" }
}

fn label_width(label: &str) -> i32 {
    i32::try_from(label.chars().count()).unwrap_or(0) * 7
}

fn cut_name(name: &str, width: i32) -> String {
    name.chars().take(usize::try_from(width / 9).unwrap_or(0)).collect()
}
