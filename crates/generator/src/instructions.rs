//! Which vector instructions this machine has.
//!
//! The program is compiled for any machine of its kind; the convolution is compiled once for each set here and
//! picks at run time.

/// Vector instructions that this machine was found to have: there is no other way to a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Instructions(Set);

/// A set of instructions, found or not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Set {
    /// What every machine of this kind has.
    Plain,
    /// 8 lanes, multiply and add in one.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 16 lanes, multiply and add in one.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Instructions {
    /// What this machine has, widest first.
    pub(crate) fn available() -> Vec<Self> {
        let mut sets = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f") {
                sets.push(Self(Set::Avx512));
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                sets.push(Self(Set::Avx2));
            }
        }
        sets.push(Self(Set::Plain));
        sets
    }

    /// The set found.
    pub(crate) fn set(self) -> Set {
        self.0
    }

    /// For people.
    pub(crate) fn name(self) -> &'static str {
        match self.0 {
            Set::Plain => "plain instructions",
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => "AVX2",
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => "AVX-512",
        }
    }
}
