//! A grant is signed by the person it is about; nothing else opens a plate.
