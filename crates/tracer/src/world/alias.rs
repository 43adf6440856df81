//! Choosing by weight in constant time.

/// Alias table (Vose 1991): per entry its probability, its alias, and the share of draws it keeps for itself.
///
/// Weights must be finite and not negative. When they are all 0, every entry is as likely.
pub(super) fn alias_table(weights: &[f32]) -> Vec<(f32, u32, f32)> {
    let sum: f64 = weights.iter().map(|&w| f64::from(w)).sum();
    let share = |w: f32| if sum > 0.0 { f64::from(w) / sum } else { 1.0 / weights.len() as f64 };
    let mut table: Vec<(f32, u32, f32)> =
        weights.iter().enumerate().map(|(i, &w)| (share(w) as f32, i as u32, 1.0)).collect();
    let mut scaled: Vec<f64> = weights.iter().map(|&w| share(w) * weights.len() as f64).collect();
    let (mut small, mut large): (Vec<usize>, Vec<usize>) = (0..weights.len()).partition(|&i| scaled[i] < 1.0);
    while let (Some(&s), Some(&l)) = (small.last(), large.last()) {
        small.pop();
        table[s].1 = l as u32;
        table[s].2 = scaled[s] as f32;
        scaled[l] -= 1.0 - scaled[s];
        if scaled[l] < 1.0 {
            large.pop();
            small.push(l);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::alias_table;

    #[test]
    fn draws_come_out_in_proportion_to_weights() {
        let weights = [1.0, 0.0, 5.0, 2.5, 0.25, 7.0];
        let table = alias_table(&weights);
        let sum: f32 = weights.iter().sum();
        let mut drawn = [0.0f32; 6];
        for (i, &(_, alias, threshold)) in table.iter().enumerate() {
            drawn[i] += threshold / 6.0;
            drawn[alias as usize] += (1.0 - threshold) / 6.0;
        }
        for i in 0..6 {
            assert!((drawn[i] - weights[i] / sum).abs() < 1e-6);
            assert!((table[i].0 - weights[i] / sum).abs() < 1e-6);
        }
    }
}
