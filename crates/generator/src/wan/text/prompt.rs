//! A prompt as people type it to the text that the tokenizer was meant for.
//!
//! As in diffusers' Wan pipelines without the optional `ftfy`: HTML's character references are resolved
//! (twice, because text from the web often carries them doubled) and all white space becomes single spaces.
//! `ftfy` would also undo broken encodings and straighten typographic quotes; here what is typed is what is
//! read.

/// The prompt, cleaned.
pub(crate) fn clean(prompt: &str) -> String {
    let once = htmlize::unescape(prompt);
    let twice = htmlize::unescape(once.as_ref());
    twice.split_whitespace().collect::<Vec<_>>().join(" ")
}
