//! Decisions to an append-only log whose past cannot change unnoticed: a Merkle tree over its lines (RFC 6962).
//!
//! One line of JSON a decision; the tree's head, its size and root hash, goes into every credential, so that a delivered film
//! witnesses what the log said then. The log is also the desk's only memory: the latest time it saw, which challenges were
//! given out and used, the newest revocation list of each person.
//!
//! A line is written and synced under a lock before the decision takes effect. A line that a crash cut short was no decision
//! yet, and goes. The head is kept in a file beside the log, so that a log alone that was cut or exchanged is noticed.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use ct_merkle::{ConsistencyProof, InclusionProof, RootHash, mem_backed_tree::MemoryBackedTree};
use serde::{Deserialize, Serialize};
use sha2_log::Sha256;

use super::{
    Hash, Refusal, file,
    hash::Bytes,
    refusal,
    revocation::{CLOCKS_DIFFER_S, RevocationList},
    time::Time,
};

/// Size and root hash of the log at one time: what a credential says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogHead {
    /// Lines.
    pub size: u64,
    /// Merkle tree hash of the lines (RFC 6962, section 2.1), each without its line end.
    pub root: Hash,
}

/// Something decided or noted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Event {
    /// A challenge was given out.
    Asked {
        /// Which.
        challenge: Bytes<16>,
    },
    /// A grant was accepted; its challenge is used.
    Accepted {
        /// The challenge.
        challenge: Bytes<16>,
        /// The grant's id.
        grant: Hash,
    },
    /// A revocation list newer than any before was seen.
    Listed {
        /// Whose.
        subject: String,
        /// Its number.
        issue: u64,
        /// How many entries it has.
        entries: u64,
        /// SHA-256 of the entries.
        sha256: Hash,
        /// SHA-256 of the whole list's record.
        list: Hash,
    },
    /// A permit was given.
    Permitted {
        /// The grant's id; none for a declaration.
        grant: Option<Hash>,
        /// Why somebody is declared not to be real.
        declared: Option<String>,
        /// SHA-256 of the recording.
        recording: Hash,
        /// SHA-256 of the scene.
        scene: Hash,
        /// The shots.
        shots: Vec<String>,
        /// What the film is for.
        uses: Vec<String>,
    },
    /// A permit still held when its film was finished.
    Sealed {
        /// The grant's id; none for a declaration.
        grant: Option<Hash>,
        /// SHA-256 of the recording.
        recording: Hash,
    },
    /// A rule refused.
    Refused {
        /// Which.
        rule: String,
        /// The grant's id, where it could be read.
        grant: Option<Hash>,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    time: Time,
    event: Event,
}

/// The newest list of a person that was seen.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    issue: u64,
    entries: u64,
    sha256: Hash,
    list: Hash,
}

/// An open log, locked against other writers until it is dropped.
pub struct Log {
    path: PathBuf,
    file: File,
    tree: MemoryBackedTree<Sha256, Vec<u8>>,
    latest: Time,
    challenges: BTreeMap<Bytes<16>, Option<Hash>>,
    lists: BTreeMap<String, Seen>,
}

/// A line with the proof that it is in the log of a certain head.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inclusion {
    /// The line's place, from 0.
    pub index: u64,
    /// The line itself.
    pub line: String,
    /// Audit path (RFC 6962, section 2.1.1), from the leaf up.
    pub path: Vec<Hash>,
    /// The log's head.
    pub head: LogHead,
}

impl Inclusion {
    /// Whether the proof is right.
    pub fn holds(&self) -> bool {
        let proof = self.path.iter().flat_map(|hash| hash.0).collect();
        let Ok(proof) = InclusionProof::try_from_bytes(proof) else { return false };
        root_hash(&self.head).verify_inclusion(&self.line.as_bytes(), self.index, &proof).is_ok()
    }
}

fn root_hash(head: &LogHead) -> RootHash<Sha256> {
    RootHash::new(head.root.0.into(), head.size)
}

impl Log {
    /// Opens the log of a folder, or begins one, and checks it against the head beside it.
    ///
    /// # Errors
    ///
    /// `consent/log-tampered`, also when the file cannot be read or written.
    pub fn open(folder: &Path) -> Result<Self, Refusal> {
        let path = folder.join("log.jsonl");
        let cannot = |error: io::Error| refusal::LOG.refusal(format!("{}: {error}", path.display()));
        fs::create_dir_all(folder).map_err(cannot)?;
        let is_new = !path.exists();
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(&path).map_err(cannot)?;
        file.lock().map_err(cannot)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(cannot)?;
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        if whole < bytes.len() {
            file.set_len(whole as u64).map_err(cannot)?;
        }
        let mut log = Self {
            path,
            file,
            tree: MemoryBackedTree::new(),
            latest: Time(0),
            challenges: BTreeMap::new(),
            lists: BTreeMap::new(),
        };
        log.replay(&bytes[..whole], is_new)?;
        Ok(log)
    }

    /// Its head now.
    pub fn head(&self) -> LogHead {
        let root = self.tree.root();
        LogHead { size: root.num_leaves(), root: Bytes((*root.as_bytes()).into()) }
    }

    /// The latest time that any decision was made at.
    pub fn latest(&self) -> Time {
        self.latest
    }

    /// Its lines, the oldest first.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.tree.items().iter().map(|line| String::from_utf8_lossy(line).into_owned())
    }

    /// The line at `index` with its proof; none if there is none.
    pub fn prove(&self, index: u64) -> Option<Inclusion> {
        let at = usize::try_from(index).ok()?;
        let line = String::from_utf8(self.tree.get(at)?.clone()).ok()?;
        let proof = self.tree.prove_inclusion(at);
        let path =
            proof.as_bytes().chunks_exact(32).filter_map(|hash| hash.try_into().ok().map(Bytes)).collect();
        Some(Inclusion { index, line, path, head: self.head() })
    }

    /// Checks that this log is an earlier one with lines added: nothing changed, nothing gone (RFC 6962, section 2.1.2).
    pub fn grew_from(&self, earlier: &LogHead) -> Result<(), Refusal> {
        let now = self.head();
        let added = now.size.checked_sub(earlier.size).filter(|_| earlier.size > 0);
        let holds = match (earlier.size, added) {
            (0, _) => true,
            (_, None) => false,
            (_, Some(added)) => {
                let proof = self.tree.prove_consistency(added as usize);
                let proof = ConsistencyProof::try_from_bytes(proof.as_bytes().to_vec());
                proof.is_ok_and(|p| root_hash(&now).verify_consistency(&root_hash(earlier), &p).is_ok())
            }
        };
        let what = format!(
            "{} with {} lines does not continue the log that had {} lines and root {}",
            self.path.display(),
            now.size,
            earlier.size,
            earlier.root.short()
        );
        if holds { Ok(()) } else { refusal::LOG.refuse(what) }
    }

    /// Writes a decision down; it is on the disk when this returns.
    pub(crate) fn append(&mut self, now: Time, event: Event) -> Result<(), Refusal> {
        let line = Line { time: now, event };
        let cannot = |what: String| refusal::LOG.refusal(format!("{}: {what}", self.path.display()));
        let mut bytes = serde_json::to_vec(&line).map_err(|error| cannot(error.to_string()))?;
        bytes.push(b'\n');
        let written = self.file.write_all(&bytes).and_then(|()| self.file.sync_all());
        written.map_err(|error| cannot(error.to_string()))?;
        bytes.pop();
        self.tree.push(bytes);
        self.remember(line);
        let head = serde_json::to_vec(&self.head()).unwrap_or_default();
        file::write(&head_path(&self.path), &head).map_err(|error| refusal::LOG.refusal(error.to_string()))
    }

    /// Refuses a clock that shows less than was seen before.
    pub(crate) fn check_clock(&self, now: Time) -> Result<(), Refusal> {
        match now.plus(CLOCKS_DIFFER_S) < self.latest {
            true => refusal::CLOCK.refuse(format!("the clock shows {now}, the log has seen {}", self.latest)),
            false => Ok(()),
        }
    }

    /// The grant that a challenge was used for. None: never seen here; some of none: given out, not used.
    pub(crate) fn use_of(&self, challenge: &Bytes<16>) -> Option<Option<Hash>> {
        self.challenges.get(challenge).copied()
    }

    /// Refuses a list older than, or other than, one seen before; says whether it is news.
    pub(crate) fn check_list(&self, list: &RevocationList) -> Result<Option<Event>, Refusal> {
        let subject = list.subject_key.to_string();
        let event = seen(list).map(|Seen { issue, entries, sha256, list }| Event::Listed {
            subject: subject.clone(),
            issue,
            entries,
            sha256,
            list,
        });
        let Some(before) = self.lists.get(&subject) else { return Ok(event) };
        if list.issue == before.issue && seen(list).as_ref() == Some(before) {
            return Ok(None);
        }
        if list.issue > before.issue && list.start(before.entries) == Some(before.sha256) {
            return Ok(event);
        }
        refusal::LIST_ROLLED_BACK.refuse(format!(
            "list {} with {} entries follows list {} with {}",
            list.issue,
            list.entries.len(),
            before.issue,
            before.entries
        ))
    }

    fn replay(&mut self, bytes: &[u8], is_new: bool) -> Result<(), Refusal> {
        let path = self.path.clone();
        let tampered = |what: String| refusal::LOG.refusal(format!("{}: {what}", path.display()));
        let known = known_head(&head_path(&path)).map_err(tampered)?;
        if is_new && known.size > 0 {
            return Err(tampered(format!("is gone; it had {} lines", known.size)));
        }
        for (index, line) in bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).enumerate() {
            let parsed = serde_json::from_slice(line);
            let parsed = parsed.map_err(|error| tampered(format!("line {}: {error}", index + 1)))?;
            self.tree.push(line.to_owned());
            self.remember(parsed);
        }
        self.grew_from(&known)
    }

    fn remember(&mut self, Line { time, event }: Line) {
        self.latest = self.latest.max(time);
        match event {
            Event::Asked { challenge } => {
                self.challenges.insert(challenge, None);
            }
            Event::Accepted { challenge, grant } => {
                self.challenges.insert(challenge, Some(grant));
            }
            Event::Listed { subject, issue, entries, sha256, list } => {
                self.lists.insert(subject, Seen { issue, entries, sha256, list });
            }
            _ => {}
        }
    }
}

fn seen(list: &RevocationList) -> Option<Seen> {
    let entries = list.entries.len() as u64;
    let record = super::cbor::encode(list)?;
    Some(Seen { issue: list.issue, entries, sha256: list.start(entries)?, list: Hash::of(&record) })
}

fn head_path(log: &Path) -> PathBuf {
    log.with_extension("head")
}

fn known_head(path: &Path) -> Result<LogHead, String> {
    match path.exists() {
        false => Ok(LogHead { size: 0, root: Hash::of(b"") }),
        true => {
            let bytes = file::read(path).map_err(|error| error.to_string())?;
            serde_json::from_slice(&bytes).map_err(|error| format!("{}: {error}", path.display()))
        }
    }
}
