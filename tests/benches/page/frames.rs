//! What a trace says of the page's frames.

use serde_json::Value;

/// What script is run by, from outside; what is inside of one of these is counted with it.
const SCRIPT: [&str; 7] = [
    "FireAnimationFrame",
    "FunctionCall",
    "EventDispatch",
    "TimerFire",
    "RunMicrotasks",
    "EvaluateScript",
    "V8.Execute",
];

/// One frame.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// From its beginning to that of the next, in microseconds.
    pub until_next: f64,
    /// Script in it.
    pub script: Cost,
    /// All work of the page's thread in it: script, style, layout, paint.
    pub work: Cost,
}

/// What something took, in microseconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// Until it was done. The browser draws without a graphics card here: its raster threads take the processors too.
    pub wall: f64,
    /// In which the page's thread had a processor.
    pub thread: f64,
}

/// The frames of the thread that ran the page's animation: from each call of an animation frame's callback to the next.
pub fn frames(trace: &[Value]) -> Vec<Frame> {
    let animated = || trace.iter().filter(|event| event["name"] == "FireAnimationFrame");
    let thread = |event: &Value| (event["pid"].as_u64(), event["tid"].as_u64());
    let Some(main) = animated().map(thread).next() else { return Vec::new() };
    let spans = |wanted: &dyn Fn(&str) -> bool| -> Vec<(f64, f64, f64)> {
        let mut spans: Vec<(f64, f64, f64)> = trace
            .iter()
            .filter(|event| thread(event) == main && event["name"].as_str().is_some_and(wanted))
            .filter_map(|event| {
                let begin = event["ts"].as_f64()?;
                let wall = event["dur"].as_f64()?;
                Some((begin, begin + wall, event["tdur"].as_f64().unwrap_or(wall)))
            })
            .collect();
        spans.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
        // What lies inside of another one is not counted twice.
        let mut outer: Vec<(f64, f64, f64)> = Vec::new();
        for span in spans {
            if outer.last().is_none_or(|last| span.0 >= last.1) {
                outer.push(span);
            }
        }
        outer
    };
    let script = spans(&|name| SCRIPT.contains(&name));
    let work = spans(&|name| name == "RunTask" || name == "ThreadControllerImpl::RunTask");
    let mut starts: Vec<f64> =
        animated().filter(|event| thread(event) == main).filter_map(|event| event["ts"].as_f64()).collect();
    starts.sort_by(f64::total_cmp);
    // Several callbacks of one frame follow each other at once.
    starts.dedup_by(|next, before| *next - *before < 1_000.0);
    // What began before a frame and reaches into it counts by its share.
    let within = |spans: &[(f64, f64, f64)], from: f64, to: f64| -> Cost {
        spans.iter().fold(Cost::default(), |sum, &(begin, end, thread)| {
            let inside = (end.min(to) - begin.max(from)).max(0.0);
            let share = if end > begin { inside / (end - begin) } else { 0.0 };
            Cost { wall: sum.wall + inside, thread: sum.thread + thread * share }
        })
    };
    starts
        .windows(2)
        .map(|pair| Frame {
            until_next: pair[1] - pair[0],
            script: within(&script, pair[0], pair[1]),
            work: within(&work, pair[0], pair[1]),
        })
        .collect()
}

/// The value below which `percent` of all lie.
pub fn percentile(mut values: Vec<f64>, percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    values.get((values.len() * percent / 100).min(last)).copied().unwrap_or(f64::NAN)
}
