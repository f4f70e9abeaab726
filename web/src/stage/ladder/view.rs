//! The component: one ladder, or two side by side on one axis of time, in a frame that scrolls and follows.

use super::axis::Scale;
use super::draw::names;
use super::frame::{Measured, Scrolled, use_course, use_frame, use_wheel};
use super::hit::{hit, neighbour};
use super::minimap::Minimap;
use super::pane::{Laid, Lit, Racing, TILE, Tile, now, rem};
use super::plan::{Look, Plan};
use super::words;
use crate::stage::story::{Cast, Origin};
use crate::stage::{Act, Focus, Numbers, Story, Thing, Told, ViewProps};
use sockets::Instant;
use std::rc::Rc;
use yew::prelude::*;

/// The height of the hosts' names.
const NAMES: f64 = 34.0;
/// The part of the frame that now stands at while the ladder follows it.
const FOLLOW: f64 = 0.66;
/// Zoom goes in steps of this factor.
const STEP: f64 = std::f64::consts::SQRT_2;
/// Steps to either side.
const STEPS: i32 = 8;

#[derive(Clone, PartialEq, Properties)]
pub struct FrameProps {
    /// What the ladders are called, and what they show: one or two.
    pub panes: Vec<(AttrValue, ViewProps)>,
}

/// Where the person looks when the scale changes: a moment, and how far below the frame's top it stands.
type Anchor = Option<(Instant, f64)>;

/// The ladders in their frame.
#[component]
pub fn Frame(props: &FrameProps) -> Html {
    let frame = use_node_ref();
    let ruler = use_node_ref();
    let Measured { width, height, unit, told } = use_frame(&frame, &ruler);
    // Between a kernel's calls time passes in silence, and a call takes next to none: to scale there would be nothing to see.
    let sampled = props.panes.first().is_some_and(|(_, view)| view.story.origin == Origin::Sampled);
    let scale = use_state_eq(|| if sampled { Scale::Events } else { Scale::Time });
    let steps = use_state_eq(|| 0_i32);
    let follow = use_state_eq(|| true);
    let top = use_state_eq(|| 0.0_f64);
    let anchor = use_mut_ref(|| Anchor::None);
    let pointed = use_mut_ref(|| None::<Thing>);

    let count = props.panes.len().max(1) as f64;
    let one = ((width - 32.0 * (count - 1.0)) / count).floor();
    let numbers = props.panes.first().map_or(Numbers::Relative, |(_, view)| view.numbers);
    let look = Look { width: one, zoom: STEP.powi(*steps), scale: *scale, numbers, calls: true };
    let stories: Vec<Told> = props.panes.iter().map(|(_, view)| view.story.clone()).collect();
    // A plan for a width that was guessed would be made in vain.
    let plans = use_memo((stories, look, told), |(stories, look, told)| match &stories[..] {
        stories if !told => {
            let nothing = Story::of(Rc::default(), Cast::default(), Origin::Simulated);
            let plan = Laid::new(Plan::of(&nothing, *look));
            vec![plan; stories.len()]
        }
        [one, other] => {
            let (first, second) = Plan::pair(one, other, *look);
            vec![Laid::new(first), Laid::new(second)]
        }
        stories => stories.iter().map(|story| Laid::new(Plan::of(story, *look))).collect(),
    });
    let Some((plan, (_, view))) = plans.first().cloned().zip(props.panes.first()) else { return html! {} };

    // While now is followed, where the frame stands follows from now; else it is where the person has scrolled to.
    let now_y = plan.axis.now(view.at);
    let followed = (*follow && anchor.borrow().is_none()).then(|| {
        let y = now_y - height * FOLLOW + NAMES;
        y.clamp(0.0, (plan.height + NAMES - height).max(0.0))
    });
    let shown = followed.unwrap_or(*top);
    let course = use_course(&plan, shown, followed.is_some());
    let asked = use_mut_ref(Scrolled::default);
    if let Some(wanted) = followed.filter(|_| course.same) {
        asked.borrow_mut().go(&frame, wanted, unit);
    }

    // Only what is near the frame is drawn; parts come and go as a whole.
    let tiles = (plan.height / TILE).ceil().max(1.0) as usize;
    let seen = (
        (((shown - 120.0).max(0.0) / TILE) as usize).min(tiles - 1),
        (((shown + height + 120.0) / TILE).ceil() as usize).clamp(1, tiles),
    );

    // After a change of scale, or of what is shown: keep in place what is looked at.
    {
        let (frame, top, anchor, plan) = (frame.clone(), top.clone(), anchor.clone(), plan.clone());
        let asked = asked.clone();
        use_effect_with((followed.map(f64::to_bits), plan.clone(), height as i64), move |_| {
            let wanted = match anchor.borrow_mut().take() {
                Some((moment, below)) => {
                    let wanted = (plan.axis.y(moment) - below).max(0.0);
                    top.set(wanted);
                    Some(wanted)
                }
                None => followed,
            };
            let last = asked.borrow().place;
            if let Some(wanted) = wanted.filter(|wanted| (*wanted - last).abs() > 0.25) {
                // The browser may not go as far; that is not the person's hand.
                asked.borrow_mut().settle(&frame, wanted, unit);
            }
        });
    }
    let unfollow = {
        let (follow, top) = (follow.clone(), top.clone());
        Callback::from(move |()| {
            top.set(shown);
            follow.set(false);
        })
    };
    // What is followed stays where it is; else what stands at the pointer, or in the middle.
    let hold = {
        let (anchor, plan, follow) = (anchor.clone(), plan.clone(), follow.clone());
        move |pointer: Option<f64>| {
            if *follow && pointer.is_none() {
                return;
            }
            let below = pointer.unwrap_or(height / 2.0);
            *anchor.borrow_mut() = Some((plan.axis.time(shown + below - NAMES), below - NAMES));
            follow.set(false);
        }
    };
    let zoom = {
        let (steps, hold) = (steps.clone(), hold.clone());
        Callback::from(move |(by, pointer): (i32, Option<f64>)| {
            hold(pointer);
            steps.set((*steps + by).clamp(-STEPS, STEPS));
        })
    };
    use_wheel(&frame, unit, &unfollow, &zoom);
    let onscroll = {
        let (frame, top, follow, asked) = (frame.clone(), top.clone(), follow.clone(), asked.clone());
        Callback::from(move |_: Event| {
            // To ask the browser where it stands may make it lay out what has changed since.
            if std::mem::take(&mut asked.borrow_mut().awaited) {
                return;
            }
            let Some(element) = frame.cast::<web_sys::Element>() else { return };
            let pixels = element.scroll_top();
            let place = (f64::from(pixels) / unit * 4.0).round() / 4.0;
            // Where the ladder itself has gone is known; anything else is the person's hand.
            if !asked.borrow().was_to(pixels) {
                asked.borrow_mut().moved(place, unit);
                top.set(place);
                follow.set(false);
            }
        })
    };
    let rescale = |to: Scale| {
        let (scale, hold) = (scale.clone(), hold.clone());
        Callback::from(move |_: MouseEvent| {
            hold(None);
            scale.set(to);
        })
    };
    let onkeydown = {
        let (view, plan, zoom, unfollow) = (view.clone(), plan.clone(), zoom.clone(), unfollow.clone());
        Callback::from(move |event: KeyboardEvent| {
            if event.ctrl_key() || event.alt_key() || event.meta_key() {
                return;
            }
            match event.key().as_str() {
                key @ ("[" | "]") => {
                    let from = view.focus.packet();
                    if let Some(packet) = neighbour(&view.story, &plan, from, view.at, key == "]") {
                        view.act.emit(Act::Pick(Some(Thing::Packet(packet))));
                    }
                }
                "+" | "=" => zoom.emit((1, None)),
                "-" => zoom.emit((-1, None)),
                "Escape" => view.act.emit(Act::Pick(None)),
                "PageUp" | "PageDown" | "ArrowUp" | "ArrowDown" => {
                    unfollow.emit(());
                    return;
                }
                _ => return,
            }
            event.prevent_default();
        })
    };
    // What is picked by the keyboard or in another view comes into sight.
    {
        let (frame, top, plan, follow, asked) =
            (frame.clone(), top.clone(), plan.clone(), follow.clone(), asked.clone());
        let picked = view.focus.picked;
        use_effect_with(picked, move |picked| {
            let Some(Thing::Packet(packet)) = picked else { return };
            let Some(arrow) = plan.arrow(*packet) else { return };
            let (first, last) = (arrow.from.1, arrow.to.1);
            if last < shown || first > shown + height - NAMES - 20.0 {
                let wanted = (first - height / 3.0).max(0.0);
                follow.set(false);
                asked.borrow_mut().settle(&frame, wanted, unit);
                top.set(wanted);
            }
        });
    }

    let racing = course.hasty.then_some((shown - 20.0, height + 40.0));
    let pressed = |is: bool| if is { "true" } else { "false" };
    let nearer = zoom.reform(|_: MouseEvent| (1, None));
    let farther = zoom.reform(|_: MouseEvent| (-1, None));
    let go = {
        let (frame, follow) = (frame.clone(), follow.clone());
        Callback::from(move |y: f64| {
            follow.set(false);
            if let Some(element) = frame.cast::<web_sys::Element>() {
                element.set_scroll_top((y.max(0.0) * unit).round() as i32);
            }
        })
    };
    let follow_again = {
        let follow = follow.clone();
        Callback::from(move |_: MouseEvent| follow.set(true))
    };
    let long = plan.height > height * 1.6;
    let total = plan.height + NAMES;
    html! {
        <>
            <div class="ladder-tools">
                <div role="group" aria-label="Scale of time">
                    <button type="button" aria-pressed={pressed(*scale == Scale::Time)} onclick={rescale(Scale::Time)}>{ "to scale" }</button>
                    <button type="button" aria-pressed={pressed(*scale == Scale::Events)} onclick={rescale(Scale::Events)}>{ "event by event" }</button>
                </div>
                <div role="group" aria-label="Zoom">
                    <button type="button" aria-label="Farther" title="Farther ( - )" disabled={*steps == -STEPS} onclick={farther}>{ "−" }</button>
                    <button type="button" aria-label="Nearer" title="Nearer ( + )" disabled={*steps == STEPS} onclick={nearer}>{ "+" }</button>
                </div>
                if !sampled { { letters() } }
                if !*follow {
                    <button type="button" class="follow" onclick={follow_again}>{ "Follow now" }</button>
                }
            </div>
            <span class="ladder-ruler" ref={ruler}></span>
            <div class="ladder-frame">
                <div
                    class="ladder-scroll"
                    ref={frame.clone()}
                    tabindex="0"
                    role="group"
                    aria-label="Ladder: time flows down, a segment is an arrow from its sender to its receiver. The keys [ and ] pick the segment before and after, + and - zoom, a click goes to a moment. The view Packets has the same in words."
                    {onscroll}
                    {onkeydown}
                >
                    <div class="ladder-panes">
                        { for props.panes.iter().zip(plans.iter()).map(|((title, view), plan)| {
                            pane(title, view, plan, (seen, racing), unit, &pointed)
                        }) }
                    </div>
                </div>
                if long {
                    <Minimap laid={plan.clone()} told={view.story.clone()} now={now_y} top={shown} height={height} {total} {go} />
                }
            </div>
            { for props.panes.iter().zip(plans.iter()).enumerate().map(|(place, ((_, view), plan))| {
                // Each side is told apart from the other one.
                let other = (props.panes.len() > 1).then(|| props.panes[1 - place.min(1)].0.clone());
                html! { <Line told={view.story.clone()} laid={plan.clone()} focus={view.focus.clone()} {other} /> }
            }) }
        </>
    }
}

fn pane(
    title: &AttrValue,
    view: &ViewProps,
    plan: &Laid,
    (seen, racing): ((usize, usize), Option<(f64, f64)>),
    unit: f64,
    pointed: &Rc<std::cell::RefCell<Option<Thing>>>,
) -> Html {
    let field = move |event: &MouseEvent| {
        let element = event.current_target().and_then(|target| {
            use wasm_bindgen::JsCast;
            target.dyn_into::<web_sys::Element>().ok()
        })?;
        let place = element.get_bounding_client_rect();
        let x = (f64::from(event.client_x()) - place.left()) / unit;
        let y = (f64::from(event.client_y()) - place.top()) / unit;
        Some((x, y))
    };
    let under = {
        let (plan, story) = (plan.clone(), view.story.clone());
        move |event: &MouseEvent| {
            let (x, y) = field(event)?;
            Some((hit(&story, &plan, x, y), y))
        }
    };
    let onpointermove = {
        let (under, act, pointed) = (under.clone(), view.act.clone(), pointed.clone());
        Callback::from(move |event: PointerEvent| {
            let Some((thing, _)) = under(&event) else { return };
            if *pointed.borrow() != thing {
                *pointed.borrow_mut() = thing;
                act.emit(Act::Point(thing));
            }
        })
    };
    let onpointerleave = {
        let (act, pointed) = (view.act.clone(), pointed.clone());
        Callback::from(move |_: PointerEvent| {
            if pointed.borrow_mut().take().is_some() {
                act.emit(Act::Point(None));
            }
        })
    };
    let onclick = {
        let (act, plan, picked) = (view.act.clone(), plan.clone(), view.focus.picked);
        Callback::from(move |event: MouseEvent| {
            let Some((thing, y)) = under(&event) else { return };
            match thing {
                Some(thing) => {
                    if let Thing::End(end) = thing {
                        act.emit(Act::Choose(end));
                    }
                    act.emit(Act::Pick((picked != Some(thing)).then_some(thing)));
                }
                None => act.emit(Act::Seek(plan.axis.time(y))),
            }
        })
    };
    let story = &view.story;
    let head = format!(
        r#"<svg class="ladder-drawing names" aria-hidden="true" viewBox="0 0 {} {NAMES}">{}</svg>"#,
        plan.look.width,
        names(plan, 22.0)
    );
    html! {
        <div class="ladder-pane" role="group" aria-label={title.clone()}>
            if !plan.differs.is_empty() {
                <h3>{ title.clone() }</h3>
            }
            { Html::from_html_unchecked(head.into()) }
            <div class="ladder-field" style={format!("height:{}", rem(plan.height))} {onpointermove} {onpointerleave} {onclick}>
                if let Some((top, height)) = racing {
                    <Racing told={story.clone()} laid={plan.clone()} {top} {height} />
                } else {
                    { for (seen.0..seen.1).map(|place| html! { <Tile key={place} told={story.clone()} laid={plan.clone()} {place} /> }) }
                    <Lit told={story.clone()} laid={plan.clone()} focus={view.focus.clone()} {seen} />
                }
                { now(story, plan, view.at, racing.is_some()) }
            </div>
        </div>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct LineProps {
    told: Told,
    laid: Laid,
    focus: Rc<Focus>,
    /// What the story beside it is called.
    other: Option<AttrValue>,
}

/// What the arrows' letters stand for.
fn letters() -> Html {
    const BITS: [(&str, &str, &str); 5] = [
        ("S", "syn", "SYN"),
        ("F", "fin", "FIN"),
        ("R", "rst", "RST"),
        ("P", "psh", "PSH"),
        (".", "ack", "ACK"),
    ];
    let pair = |(letter, class, name)| html! { <span class="pair"><b {class}>{ letter }</b>{ format!(" {name} ") }</span> };
    html! { <p class="ladder-legend bits">{ for BITS.map(pair) }</p> }
}

/// How to read the arrows' words; of a kernel's session, which has none, how to read what there is.
fn legend(origin: Origin) -> Html {
    if origin == Origin::Sampled {
        return html! {
            <p class="ladder-legend">
                { "Time flows down, a mark beside a life line is a call. A dotted line leads from a call to one that came back because of \
                   it: it is no segment. Point at anything, or click it." }
            </p>
        };
    }
    html! {
        <p class="ladder-legend">
            { "Time flows down, an arrow is a segment. " }
            <code>{ "1:1449(1448)" }</code>{ " carries the octets 1 to 1448, " }<code>{ "ack 1449" }</code>
            { " has all before 1449. Point at anything, or click it." }
        </p>
    }
}

/// What is pointed at, in words.
#[component]
fn Line(props: &LineProps) -> Html {
    let LineProps { told, laid, focus, other } = props;
    let thing = focus.hover.or(focus.picked);
    let text = thing.and_then(|thing| words::line(told, thing, laid.look.numbers));
    let differs = match (thing, other) {
        (Some(Thing::Packet(packet)), Some(other)) => laid.differs.get(&packet).map(|it| it.words(other)),
        _ => None,
    };
    html! {
        <div class="ladder-foot">
            // While nothing is pointed at, what the letters mean.
            if text.is_none() && other.is_none() { { legend(told.origin) } }
            <p class="ladder-line" aria-live="polite">
                if let Some(text) = text {
                    <code>{ text }</code>
                }
                if let Some(differs) = differs {
                    <strong>{ " " }{ differs }</strong>
                }
            </p>
        </div>
    }
}
