//! A [`Scene`] as SVG. Colours and dashes are the style sheet's.

use super::scene::{Panel, Scene};
use std::rc::Rc;
use yew::prelude::*;

/// A scene that is shared: equal to itself alone.
#[derive(Clone, Debug)]
pub struct Drawn(pub Rc<Scene>);

impl PartialEq for Drawn {
    fn eq(&self, other: &Drawn) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

#[derive(Clone, PartialEq, Properties)]
pub struct PictureProps {
    pub scene: Drawn,
}

/// What does not move; drawn anew only for another scene.
#[component]
pub fn Picture(props: &PictureProps) -> Html {
    let scene = &*props.scene.0;
    let (width, height) = (scene.width.to_string(), scene.height.to_string());
    let bottom = scene.panels.last().map_or(0.0, |panel| panel.top + panel.height);
    html! {
        <svg class="still" role="img" aria-label={scene.summary.clone()} {width} {height}>
            <g class="axis">
                { for scene.ticks.iter().map(|(x, words)| {
                    let x = (scene.left + x).to_string();
                    html! { <text {x} y={(bottom + 18.0).to_string()} class="below">{ words.clone() }</text> }
                }) }
            </g>
            { for scene.panels.iter().map(|panel| draw(scene, panel)) }
        </svg>
    }
}

fn draw(scene: &Scene, panel: &Panel) -> Html {
    let (left, right) = (scene.left, scene.left + scene.room);
    let bottom = panel.top + panel.height;
    let text = |number: f64| format!("{number:.1}");
    let mut grid = String::new();
    for (y, _) in &panel.ticks {
        grid.push_str(&format!("M{left:.1} {:.1}H{right:.1}", panel.top + y));
    }
    for (x, _) in &scene.ticks {
        grid.push_str(&format!("M{:.1} {:.1}V{bottom:.1}", left + x, panel.top));
    }
    html! {
        <g class={panel.name}>
            <text class="title" x={text(left)} y={text(panel.top - 8.0)}>{ panel.title }</text>
            <path class="grid" d={grid} />
            { for panel.ticks.iter().map(|(y, words)| html! {
                <text class="left" x={text(left - 6.0)} y={text(panel.top + y + 4.0)}>{ words.clone() }</text>
            }) }
            // A picture of its own cuts off what runs beyond the panel.
            <svg x={text(left)} y={text(panel.top)} width={text(scene.room)} height={text(panel.height)}>
                { for panel.marks.iter().filter(|mark| !mark.path.is_empty()).map(|mark| html! {
                    <path class={mark.class} d={mark.path.clone()} />
                }) }
            </svg>
            { for panel.labels.iter().map(|label| html! {
                <text class={classes!("label", label.class)} x={text(label.x)} y={text(label.y)}>{ label.words.clone() }</text>
            }) }
        </g>
    }
}
