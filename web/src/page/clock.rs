//! The browser's clock and its animation frames.

use gloo::render::{AnimationFrame, request_animation_frame};
use gloo::utils::window;
use std::cell::RefCell;
use std::rc::Rc;

/// Milliseconds on the browser's steady clock.
pub(crate) fn milliseconds() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// Calls a function before every repaint, until dropped. The browser calls nothing while the page is
/// hidden, so a hidden page costs nothing.
pub(crate) struct Frames(Rc<RefCell<Option<AnimationFrame>>>);

impl Frames {
    /// Begins. The function is given the frame's time in milliseconds.
    pub(crate) fn start(each: impl FnMut(f64) + 'static) -> Self {
        let handle = Rc::new(RefCell::new(None));
        request(&handle, Rc::new(RefCell::new(each)));
        Self(handle)
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        self.0.borrow_mut().take();
    }
}

fn request<F: FnMut(f64) + 'static>(
    handle: &Rc<RefCell<Option<AnimationFrame>>>,
    each: Rc<RefCell<F>>,
) {
    let again = Rc::downgrade(handle);
    let frame = request_animation_frame(move |time| {
        if let Some(handle) = again.upgrade() {
            (each.borrow_mut())(time);
            request(&handle, each);
        }
    });
    *handle.borrow_mut() = Some(frame);
}
