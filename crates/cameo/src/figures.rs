//! How good a matte is against one that is known.
//!
//! Definitions of Rhemann et al., "A Perceptually Motivated Online Benchmark for Image Matting" (CVPR 2009), and
//! CIE 142:2001 for colour.

use maquette_conditioning::Plane;

/// A matte against the truth.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// Sum of absolute differences of alpha, in thousands of pixels.
    pub sad: f64,
    /// Mean squared difference of alpha, times 1000.
    pub mse: f64,
    /// Summed squared difference of alpha's gradient magnitudes (Gaussian derivatives, σ = 1.4), in thousands.
    pub gradient: f64,
    /// Mean CIEDE2000 of the person's colour times alpha, over a mid grey, where the truth or the matte has any person.
    pub delta_e: f64,
}

/// Measures a matte. Colours are straight, linear Rec.709; all planes have one size.
pub fn figures(
    alpha: &Plane<f32>,
    foreground: &Plane<[f32; 3]>,
    true_alpha: &Plane<f32>,
    true_foreground: &Plane<[f32; 3]>,
) -> Figures {
    let pairs = || alpha.data.iter().zip(&true_alpha.data).map(|(a, b)| f64::from(a - b));
    let (found, truth) = (gradient(alpha), gradient(true_alpha));
    let slopes = found.iter().zip(&truth).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
    Figures {
        sad: pairs().map(f64::abs).sum::<f64>() / 1e3,
        mse: pairs().map(|d| d * d).sum::<f64>() / alpha.data.len().max(1) as f64 * 1e3,
        gradient: slopes / 1e3,
        delta_e: mean_delta_e(alpha, foreground, true_alpha, true_foreground),
    }
}

fn mean_delta_e(
    alpha: &Plane<f32>,
    foreground: &Plane<[f32; 3]>,
    true_alpha: &Plane<f32>,
    true_foreground: &Plane<[f32; 3]>,
) -> f64 {
    let over = |color: [f32; 3], alpha: f32| color.map(|c| f64::from(c * alpha + 0.18 * (1.0 - alpha)));
    let (mut sum, mut count) = (0.0, 0.0f64);
    for i in 0..alpha.data.len() {
        let (a, b) = (alpha.data[i], true_alpha.data[i]);
        if a > 0.0 || b > 0.0 {
            let (found, truth) = (over(foreground.data[i], a), over(true_foreground.data[i], b));
            sum += ciede2000(lab(found), lab(truth));
            count += 1.0;
        }
    }
    sum / count.max(1.0)
}

/// Gradient magnitude by Gaussian derivatives of σ = 1.4.
fn gradient(plane: &Plane<f32>) -> Vec<f64> {
    const REACH: i32 = 5;
    let sigma = 1.4f64;
    let bell: Vec<f64> =
        (-REACH..=REACH).map(|i| (-f64::from(i * i) / (2.0 * sigma * sigma)).exp()).collect();
    let sum: f64 = bell.iter().sum();
    let smooth: Vec<f64> = bell.iter().map(|b| b / sum).collect();
    let slope: Vec<f64> =
        (-REACH..=REACH).zip(&smooth).map(|(i, b)| -f64::from(i) / (sigma * sigma) * b).collect();
    let values: Vec<f64> = plane.data.iter().map(|&v| f64::from(v)).collect();
    let size = (plane.width(), plane.height());
    let along =
        |across: &[f64], down: &[f64]| filtered(&filtered(&values, size, across, true), size, down, false);
    let (x, y) = (along(&slope, &smooth), along(&smooth, &slope));
    x.iter().zip(&y).map(|(x, y)| x.hypot(*y)).collect()
}

fn filtered(values: &[f64], (width, height): (usize, usize), kernel: &[f64], across: bool) -> Vec<f64> {
    let reach = (kernel.len() / 2) as isize;
    let bounded = |at: isize, count: usize| at.clamp(0, count as isize - 1) as usize;
    let tap = |i: usize, k: usize| {
        let (x, y, shift) = ((i % width) as isize, (i / width) as isize, k as isize - reach);
        match across {
            true => values[y as usize * width + bounded(x + shift, width)],
            false => values[bounded(y + shift, height) * width + x as usize],
        }
    };
    (0..values.len()).map(|i| (0..kernel.len()).map(|k| kernel[k] * tap(i, k)).sum()).collect()
}

/// CIE L*a*b* (D65) of linear Rec.709.
fn lab(linear: [f64; 3]) -> [f64; 3] {
    let [r, g, b] = linear.map(|c| c.clamp(0.0, 1.0));
    let x = (0.412_456_4 * r + 0.357_576_1 * g + 0.180_437_5 * b) / 0.950_47;
    let y = 0.212_672_9 * r + 0.715_152_2 * g + 0.072_175_0 * b;
    let z = (0.019_333_9 * r + 0.119_192_0 * g + 0.950_304_1 * b) / 1.088_83;
    let f = |t: f64| if t > 216.0 / 24_389.0 { t.cbrt() } else { (24_389.0 / 27.0 * t + 16.0) / 116.0 };
    [116.0 * f(y) - 16.0, 500.0 * (f(x) - f(y)), 200.0 * (f(y) - f(z))]
}

/// CIEDE2000 as written out by Sharma, Wu, Dalal, "The CIEDE2000 Color-Difference Formula" (2005), equations 2 to 22.
fn ciede2000([l1, a1, b1]: [f64; 3], [l2, a2, b2]: [f64; 3]) -> f64 {
    let seventh = |c: f64| (c.powi(7) / (c.powi(7) + 25f64.powi(7))).sqrt();
    let g = 0.5 * (1.0 - seventh(0.5 * (a1.hypot(b1) + a2.hypot(b2))));
    let (a1, a2) = ((1.0 + g) * a1, (1.0 + g) * a2);
    let (c1, c2) = (a1.hypot(b1), a2.hypot(b2));
    let hue =
        |a: f64, b: f64| if a == 0.0 && b == 0.0 { 0.0 } else { b.atan2(a).to_degrees().rem_euclid(360.0) };
    let (h1, h2) = (hue(a1, b1), hue(a2, b2));
    let grey = c1 * c2 == 0.0;
    let turn = if grey { 0.0 } else { (h2 - h1 + 180.0).rem_euclid(360.0) - 180.0 };
    let big_h = 2.0 * (c1 * c2).sqrt() * (0.5 * turn).to_radians().sin();
    let (l, c) = (0.5 * (l1 + l2), 0.5 * (c1 + c2));
    let h = if grey { h1 + h2 } else { (h1 + 0.5 * turn).rem_euclid(360.0) };
    let cos = |degrees: f64| degrees.to_radians().cos();
    let t = 1.0 - 0.17 * cos(h - 30.0) + 0.24 * cos(2.0 * h) + 0.32 * cos(3.0 * h + 6.0)
        - 0.20 * cos(4.0 * h - 63.0);
    let s_l = 1.0 + 0.015 * (l - 50.0).powi(2) / (20.0 + (l - 50.0).powi(2)).sqrt();
    let (s_c, s_h) = (1.0 + 0.045 * c, 1.0 + 0.015 * c * t);
    let rotation = -(60.0 * (-((h - 275.0) / 25.0).powi(2)).exp()).to_radians().sin() * 2.0 * seventh(c);
    let (dl, dc, dh) = ((l2 - l1) / s_l, (c2 - c1) / s_c, big_h / s_h);
    (dl * dl + dc * dc + dh * dh + rotation * dc * dh).max(0.0).sqrt()
}

/// How much alpha changes from frame to frame where the truth stands still: mean over the pixels with any change or any edge of
/// the standard deviation in time, times 1000.
pub fn flicker(alphas: &[Plane<f32>]) -> f64 {
    let Some(first) = alphas.first() else { return 0.0 };
    let count = alphas.len() as f64;
    let (mut sum, mut edges) = (0.0, 0.0f64);
    for i in 0..first.data.len() {
        let mean = alphas.iter().map(|alpha| f64::from(alpha.data[i])).sum::<f64>() / count;
        let square = alphas.iter().map(|alpha| (f64::from(alpha.data[i]) - mean).powi(2)).sum::<f64>();
        if (1e-3..0.999).contains(&mean) {
            sum += (square / (count - 1.0).max(1.0)).sqrt();
            edges += 1.0;
        }
    }
    1e3 * sum / edges.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_differences_are_those_of_the_published_pairs() {
        // Sharma, Wu, Dalal 2005, table 1. The third and fourth differ in where the mean hue wraps.
        let pairs = [
            ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
            ([50.0, -1.1848, -84.8006], [50.0, 0.0, -82.7485], 1.0000),
            ([50.0, -0.0010, 2.4900], [50.0, 0.0009, -2.4900], 4.8045),
            ([50.0, -0.0010, 2.4900], [50.0, 0.0011, -2.4900], 4.7461),
            ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
            ([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644),
            ([6.7747, -0.2908, -2.4247], [5.8714, -0.0985, -2.2286], 0.6377),
        ];
        for (a, b, expected) in pairs {
            let found = ciede2000(a, b);
            assert!((found - expected).abs() < 1e-4, "{found} for {expected}");
        }
    }

    #[test]
    fn figures_of_a_matte_that_is_off_by_a_known_amount() {
        let truth = Plane::from_vec(100, 50, vec![0.5; 5000]).unwrap();
        let found = truth.map(|alpha| alpha + 0.1);
        let grey = truth.map(|_| [0.18; 3]);
        let figures = figures(&found, &grey, &truth, &grey);
        assert!((figures.sad - 0.5).abs() < 1e-4 && (figures.mse - 10.0).abs() < 1e-3);
        assert!(figures.gradient < 1e-9 && figures.delta_e < 1e-6);
        assert!((flicker(&[truth, found]) - 70.71).abs() < 0.01);
    }
}
