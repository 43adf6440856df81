//! A prompt to tokens, by a `tokenizer.json` of the Unigram kind (Kudo 2018).

use std::path::Path;

use tokenizers::{TruncationDirection, TruncationParams, TruncationStrategy};

use super::prompt;
use crate::Error;

/// Tokens that the transformer sees of a prompt.
pub(crate) const TOKENS: usize = 512;

/// Cuts text into tokens.
#[derive(Debug)]
pub(crate) struct Tokenizer(tokenizers::Tokenizer);

impl Tokenizer {
    /// Reads a `tokenizer.json`.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        const MAX_BYTES: u64 = 64 << 20;
        let refuse = |problem: String| Error::Config { file: path.display().to_string(), problem };
        let failed = |source| Error::Read { path: path.to_owned(), source };
        if std::fs::metadata(path).map_err(failed)?.len() > MAX_BYTES {
            return Err(refuse(format!("has more than {MAX_BYTES} bytes")));
        }
        let bytes = std::fs::read(path).map_err(failed)?;
        Self::parse(&bytes, TOKENS).map_err(refuse)
    }

    /// Parses the text of one that cuts prompts at so many tokens, the closing one counted.
    pub(super) fn parse(json: &[u8], tokens: usize) -> Result<Self, String> {
        let mut tokenizer = tokenizers::Tokenizer::from_bytes(json).map_err(|error| error.to_string())?;
        tokenizer.with_padding(None);
        let cut = TruncationParams {
            max_length: tokens,
            strategy: TruncationStrategy::LongestFirst,
            stride: 0,
            direction: TruncationDirection::Right,
        };
        tokenizer.with_truncation(Some(cut)).map_err(|error| error.to_string())?;
        Ok(Self(tokenizer))
    }

    /// The cleaned prompt's tokens with the closing one, 512 at most.
    pub(crate) fn tokens(&self, text: &str) -> Result<Vec<u32>, Error> {
        let encoding = self.0.encode(prompt::clean(text), true);
        let encoding = encoding.map_err(|error| Error::Prompt { problem: error.to_string() })?;
        Ok(encoding.get_ids().to_vec())
    }
}

/// A prompt that the oracle took apart.
#[cfg(test)]
#[derive(Debug, serde::Deserialize)]
pub(super) struct Prompt {
    prompt: String,
    clean: String,
    pub(super) tokens: Vec<u32>,
}

/// All prompts that the oracle took apart.
#[cfg(test)]
pub(super) fn prompts() -> Vec<Prompt> {
    #[derive(serde::Deserialize)]
    struct File {
        prompts: Vec<Prompt>,
    }
    let text = std::fs::read(crate::wan::tests::path("prompts.json")).unwrap();
    serde_json::from_slice::<File>(&text).unwrap().prompts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wan::tests::path;

    #[test]
    fn prompts_are_cleaned_and_cut_as_by_the_pipeline() {
        let tokenizer = Tokenizer::read(&path("tokenizer.json")).unwrap();
        for Prompt { prompt, clean, tokens } in prompts() {
            assert_eq!(prompt::clean(&prompt), clean);
            assert_eq!(tokenizer.tokens(&prompt).unwrap(), tokens, "{prompt}");
        }
    }

    #[test]
    fn the_longest_prompt_is_cut_at_512_tokens_and_still_closed() {
        let longest = prompts().into_iter().max_by_key(|prompt| prompt.prompt.len()).unwrap();
        assert_eq!((longest.tokens.len(), longest.tokens.last()), (TOKENS, Some(&1)));
    }

    #[test]
    fn a_file_that_is_no_tokenizer_is_named() {
        let message = Tokenizer::read(&path("t2v/config.json")).unwrap_err().to_string();
        assert!(message.contains("t2v/config.json"), "{message}");
    }
}
