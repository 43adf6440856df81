//! A scene played in a headless Bevy world, yielding moments.
