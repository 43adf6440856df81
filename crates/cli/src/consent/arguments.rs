//! What `maquette consent` is told.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use maquette_provenance::consent::{Hash, LogHead, Time};

/// Ask a person for consent, give it, check it, take it back.
#[derive(Debug, Args)]
pub(crate) struct ConsentArguments {
    #[command(subcommand)]
    pub(super) step: Step,
}

#[derive(Debug, Subcommand)]
pub(super) enum Step {
    /// Production: ask a person; writes a request, its text in plain words, and a slate for the recording
    Request(RequestArguments),
    /// Person: read what is asked, and sign it for a recording that shows the slate
    Sign(SignArguments),
    /// Production: accept a signed grant, after watching its recording
    Accept(AcceptArguments),
    /// Person: approve a scene after seeing a draft of it, where the grant asks for that
    Approve(ApproveArguments),
    /// Say what a request, a grant or a revocation list says
    Show(ShowArguments),
    /// Check a grant now: signatures, dates, revocation list, and its recording if given
    Verify(VerifyArguments),
    /// Person: take grants back
    Revoke(RevokeArguments),
    /// Person: sign the revocation list again without a new entry; productions need one that is younger than seven days
    Refresh(RefreshArguments),
    /// Check the log of decisions, and prove lines of it
    Log(LogArguments),
    /// Make this machine's keys, if there are none, and say what they are
    Key,
    /// Say which policy is in force; with a file, sign it with the project's key
    Policy(PolicyArguments),
}

#[derive(Debug, Args)]
pub(super) struct RequestArguments {
    /// The request to write, NAME.request; NAME.txt and NAME.slate.png come beside it
    pub(super) request: PathBuf,
    /// How the person is called
    #[arg(long)]
    pub(super) name: String,
    /// The production, as in the scene's `project`
    #[arg(long)]
    pub(super) project: String,
    /// What the film is for, and sensitive things that happen in shots with the person (violence, nudity, news, …)
    #[arg(long = "use", value_name = "USE", value_delimiter = ',', required = true)]
    pub(super) uses: Vec<String>,
    /// What the film may not be for, and what may not happen in shots with the person
    #[arg(long = "deny", value_name = "USE", value_delimiter = ',')]
    pub(super) denied: Vec<String>,
    /// Titles of the scenes
    #[arg(
        long = "scene",
        value_name = "TITLE",
        required_unless_present = "all_scenes",
        conflicts_with = "all_scenes"
    )]
    pub(super) scenes: Vec<String>,
    /// Every scene of the production
    #[arg(long)]
    pub(super) all_scenes: bool,
    /// Names of the shots
    #[arg(
        long = "shot",
        value_name = "NAME",
        value_delimiter = ',',
        required_unless_present = "all_shots",
        conflicts_with = "all_shots"
    )]
    pub(super) shots: Vec<String>,
    /// Every shot of these scenes
    #[arg(long)]
    pub(super) all_shots: bool,
    /// What may be done with the recorded voice
    #[arg(long, value_enum, default_value_t = VoiceArgument::None, conflicts_with = "lines")]
    pub(super) voice: VoiceArgument,
    /// A line that may be heard, word by word; several times for several
    #[arg(long = "line", value_name = "WORDS")]
    pub(super) lines: Vec<String>,
    /// The recording may train models
    #[arg(long)]
    pub(super) training: bool,
    /// The person must approve a draft of each scene before it is finished
    #[arg(long)]
    pub(super) draft_approval: bool,
    /// First day, UTC [default: now]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub(super) from: Option<Time>,
    /// Last day, UTC, at most ten years later
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub(super) until: Time,
    /// How long the person has to record and sign
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=120), default_value_t = 30)]
    pub(super) minutes: u64,
    /// The performer is made by a program; its maker signs
    #[arg(long)]
    pub(super) synthetic: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum VoiceArgument {
    /// It is not heard
    None,
    /// As the scene needs it
    Free,
}

#[derive(Debug, Args)]
pub(super) struct SignArguments {
    /// The production's request
    pub(super) request: PathBuf,
    /// The recording in which the slate is shown
    pub(super) recording: PathBuf,
    /// Another recording that the grant covers; a numbered sequence as maya.%04d.png
    #[arg(long, value_name = "FILE")]
    pub(super) also: Vec<PathBuf>,
    /// Sign without asking
    #[arg(long)]
    pub(super) agree: bool,
    /// The signed grant to write [default: the request's name, ending in .signed]
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct AcceptArguments {
    /// The signed grant
    pub(super) signed: PathBuf,
    /// Its recording
    pub(super) recording: PathBuf,
    /// Each further recording that it covers, watched as well
    #[arg(long, value_name = "FILE")]
    pub(super) also: Vec<PathBuf>,
    /// Who watched the recordings
    #[arg(long, value_name = "NAME")]
    pub(super) operator: String,
    /// The operator attests: the face is the person's
    #[arg(long)]
    pub(super) face_matches: bool,
    /// The operator attests: the person speaks the digits of the slate
    #[arg(long)]
    pub(super) digits_spoken: bool,
    /// The grant to write [default: the same name, ending in .grant]
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct ApproveArguments {
    /// The grant
    pub(super) grant: PathBuf,
    /// The scene file (.ron) whose draft was shown
    pub(super) scene: PathBuf,
    /// The approval to write [default: the grant's name, ending in .approval]
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct ShowArguments {
    /// A .request, .signed, .grant or .revocations file
    pub(super) file: PathBuf,
    /// How to say it; JSON is a consent record after ISO/IEC TS 27560, of an accepted grant
    #[arg(long, value_enum, default_value_t = ShowFormat::Text)]
    pub(super) format: ShowFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ShowFormat {
    /// For people
    Text,
    /// For tools
    Json,
}

#[derive(Debug, Args)]
pub(super) struct VerifyArguments {
    /// The grant
    pub(super) grant: PathBuf,
    /// Its recording
    #[arg(long, value_name = "FILE")]
    pub(super) recording: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct RevokeArguments {
    /// The grants to take back (.signed or .grant)
    #[arg(required = true)]
    pub(super) grants: Vec<PathBuf>,
    /// The list to write [default: the first grant's name, ending in .revocations]
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct RefreshArguments {
    /// The list to write
    pub(super) out: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct LogArguments {
    /// Print a line, from 0, with the proof that it is in the log (RFC 6962), as JSON
    #[arg(long, value_name = "LINE")]
    pub(super) prove: Option<u64>,
    /// Check that the log only grew since it had this head, as a credential names it
    #[arg(long, value_name = "SIZE:ROOT", value_parser = head)]
    pub(super) since: Option<LogHead>,
}

#[derive(Debug, Args)]
pub(super) struct PolicyArguments {
    /// The policy (.ron) to sign; FILE.sig comes beside it
    pub(super) file: Option<PathBuf>,
    /// Sign with this key instead of the project's
    #[arg(long, value_name = "PEM", requires = "file")]
    pub(super) key: Option<PathBuf>,
}

fn day(text: &str) -> Result<Time, String> {
    Time::of_date(text).ok_or_else(|| "write a day as 2027-06-30".to_owned())
}

fn head(text: &str) -> Result<LogHead, String> {
    let parsed = text
        .split_once(':')
        .and_then(|(size, root)| Some(LogHead { size: size.parse().ok()?, root: Hash::of_hex(root)? }));
    parsed.ok_or_else(|| "write the number of lines, a colon, and 64 hexadecimal digits".to_owned())
}
