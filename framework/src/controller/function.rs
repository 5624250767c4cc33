//! The functions that can be handlers, by their arguments.

/// A function with the arguments `T`. Implemented for up to ten; never by users.
///
/// It is a bound of [`Endpoint`](super::Endpoint), apart so that the compiler names what is at fault. See [`Endpoint`](super::Endpoint) for an example.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler",
    label = "not a function of one to ten arguments",
    note = "write `async fn list(_: Anyone) -> …`: an `Access` type first, then up to nine extractors"
)]
pub trait Function<T> {
    /// The future that it returns.
    type Returned;

    /// Calls the function.
    #[doc(hidden)]
    fn call(self, arguments: T) -> Self::Returned;
}

/// The future of an async function. Implemented for every [`Future`]; never by users.
///
/// It is a bound of [`Endpoint`](super::Endpoint), apart so that the compiler names what is at fault. See [`Endpoint`](super::Endpoint) for an example.
#[diagnostic::on_unimplemented(
    message = "a handler is an `async fn`, and this function is not",
    label = "returns `{Self}`, which is not a future",
    note = "write `async fn`"
)]
pub trait Asynchronous: Future<Output = Self::Response> {
    /// The value that the function returns when it has run.
    type Response;
}

#[diagnostic::do_not_recommend]
impl<F: Future> Asynchronous for F {
    type Response = F::Output;
}

macro_rules! function {
    ($($argument:ident)*) => {
        impl<F, R, $($argument),*> Function<($($argument,)*)> for F
        where
            F: FnOnce($($argument),*) -> R,
        {
            type Returned = R;

            #[allow(non_snake_case, reason = "the types give the names; there may be none")]
            fn call(self, ($($argument,)*): ($($argument,)*)) -> R {
                self($($argument),*)
            }
        }
    };
}

function!();
function!(T1);
function!(T1 T2);
function!(T1 T2 T3);
function!(T1 T2 T3 T4);
function!(T1 T2 T3 T4 T5);
function!(T1 T2 T3 T4 T5 T6);
function!(T1 T2 T3 T4 T5 T6 T7);
function!(T1 T2 T3 T4 T5 T6 T7 T8);
function!(T1 T2 T3 T4 T5 T6 T7 T8 T9);
function!(T1 T2 T3 T4 T5 T6 T7 T8 T9 T10);
