//! The queue of a stream's events: all of them come, in order, and whoever waits for one is woken.

use schedules::{
    agent::{
        Event,
        inside::{Queue, stream},
    },
    error::Error,
};
use shuttle::{
    future::{block_on, spawn, yield_now},
    sync::mpsc,
    thread,
};

use super::{in_every_order, in_many_orders};

fn letter(letter: char) -> Event {
    Event::TextDelta(letter.to_string())
}

/// What a stream tells up to its end, an error at last.
fn told(events: impl FnOnce(Queue) -> std::pin::Pin<Box<dyn Future<Output = Error> + Send>>) -> String {
    let mut stream = stream(|queue| {
        let run = events(queue);
        async { Err(run.await) }
    });
    block_on(async {
        let mut told = String::new();
        while let Some(event) = stream.next().await {
            match event {
                Ok(Event::TextDelta(text)) => told.push_str(&text),
                Ok(other) => panic!("{other:?}"),
                Err(_) => told.push('!'),
            }
        }
        assert!(stream.next().await.is_none(), "the end is the end");
        told
    })
}

fn over() -> Error {
    // Any error will do, and a program can make none but these.
    "nobody".parse::<schedules::protocol::Protocol>().unwrap_err()
}

#[test]
fn what_a_run_tells_comes_in_order_and_before_its_end() {
    in_every_order("a run that waits between its events", || {
        let all = told(|queue| {
            Box::pin(async move {
                queue.emit(letter('a'));
                let other = spawn(async {});
                queue.emit(letter('b'));
                other.await.unwrap();
                queue.emit(letter('c'));
                queue.emit(letter('d'));
                over()
            })
        });
        assert_eq!(all, "abcd!");
    });
}

#[test]
fn what_others_tell_comes_too_each_in_its_order() {
    in_many_orders(3_000, || {
        let all = told(|queue| {
            Box::pin(async move {
                let tell = |letters: [char; 2]| {
                    let queue = queue.clone();
                    spawn(async move {
                        for one in letters {
                            queue.emit(letter(one));
                            yield_now().await;
                        }
                    })
                };
                let others = [tell(['a', 'b']), tell(['x', 'y'])];
                for other in others {
                    other.await.unwrap();
                }
                over()
            })
        });
        let place = |letter| all.find(letter).unwrap();
        assert!(all.len() == 5 && all.ends_with('!'), "{all}");
        assert!(place('a') < place('b') && place('x') < place('y'), "{all}");
    });
}

#[test]
fn a_stream_may_go_from_thread_to_thread() {
    in_every_order("a stream on two threads", || {
        let mut events = stream(|queue| async move {
            queue.emit(letter('a'));
            yield_now().await;
            queue.emit(letter('b'));
            Err(over())
        });
        let (first, second) = mpsc::channel();
        let other = thread::spawn(move || {
            let next = block_on(events.next());
            first.send((events, next)).unwrap();
        });
        let (mut events, next) = second.recv().unwrap();
        other.join().unwrap();
        assert!(matches!(next, Some(Ok(Event::TextDelta(text))) if text == "a"));
        assert!(matches!(block_on(events.next()), Some(Ok(Event::TextDelta(text))) if text == "b"));
        assert!(matches!(block_on(events.next()), Some(Err(_))));
        assert!(block_on(events.next()).is_none());
    });
}
