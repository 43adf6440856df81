//! A recorded person, keyed, relit and put into a set.
