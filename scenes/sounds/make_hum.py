"""Writes hum.wav (kept as hum.flac): four seconds of ventilation hum that loop without a seam. Python 3 and NumPy; 48 kHz, 16 bit, mono."""

import wave

import numpy as np

RATE, SECONDS = 48_000, 4
count = RATE * SECONDS
rng = np.random.default_rng(7)
hz = np.fft.rfftfreq(count, 1 / RATE)
# Air through a duct: noise that falls 6 dB an octave above 200 Hz. Made in the frequency domain, so it is periodic.
shape = 1 / np.sqrt(1 + (hz / 200) ** 2) * (hz > 40) * (hz < 6000)
air = np.fft.irfft(shape * np.exp(2j * np.pi * rng.random(hz.size)), count)
time = np.arange(count) / RATE
motor = sum(np.sin(2 * np.pi * 50 * k * time + k) / k**1.5 for k in (1, 2, 3, 4, 6))
sound = air / air.std() + 0.8 * motor / motor.std()
sound *= 0.2 / np.abs(sound).max() * 4
with wave.open("hum.wav", "wb") as out:
    out.setnchannels(1)
    out.setsampwidth(2)
    out.setframerate(RATE)
    out.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
