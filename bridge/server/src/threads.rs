//! Threads for the few system calls that block whatever one does: asking a name server, and a close that lingers.
//!
//! A thread cannot be called back. Who asked may have left long ago while it still waits for a name server, so what counts is how
//! many run, not how many are waited for; and where the system has no thread to give, that is an answer and no panic.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::oneshot;

/// Threads that run at a time, in the whole process.
#[derive(Clone, Debug)]
pub struct Threads {
    running: Arc<AtomicUsize>,
    most: usize,
}

struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Threads {
    /// So many at most.
    pub fn new(most: usize) -> Threads {
        Threads { running: Arc::default(), most }
    }

    /// Does something in a thread of its own. The job comes back where there is none for it.
    ///
    /// # Errors
    /// As many run as may, or the system has no more: the job was not begun.
    pub fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<oneshot::Receiver<T>, NoThread> {
        let counted = Running(self.running.clone());
        // Only one thread of the bridge asks, so nobody comes in between.
        if self.running.fetch_add(1, Ordering::Relaxed) >= self.most {
            return Err(NoThread);
        }
        let (sender, receiver) = oneshot::channel();
        let begun = std::thread::Builder::new().name("blocks".into()).stack_size(STACK).spawn(move || {
            let done = job();
            drop(counted);
            // Who asked may wait no more.
            let _ = sender.send(done);
        });
        begun.map(|_| receiver).map_err(|error| {
            tracing::warn!("the system has no thread: {error}");
            NoThread
        })
    }
}

/// What getaddrinfo(3) with the modules of any system's name service gets along with.
const STACK: usize = 1 << 20;

/// There is no thread for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoThread;

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn no_more_run_than_may_whoever_waits() {
        let threads = Threads::new(2);
        let (go, wait) = channel::<()>();
        let first = threads.run(move || wait.recv().is_ok()).expect("there is room");
        let (go_too, wait) = channel::<()>();
        // Nobody waits for this one any more, and it runs all the same.
        drop(threads.run(move || wait.recv().is_ok()).expect("there is room"));
        assert_eq!(threads.run(|| ()).err(), Some(NoThread));
        go.send(()).expect("it waits");
        assert_eq!(first.blocking_recv(), Ok(true));
        threads.run(|| 7).expect("there is room again").blocking_recv().expect("it is done");
        go_too.send(()).expect("it waits");
    }
}
