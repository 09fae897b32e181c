# gnuplot -e "data='scaling.tsv'; figure='scaling.svg'" bench/scaling.gp
set terminal svg size 720,420 font "sans-serif,12" background "white"
set output figure
set datafile separator "\t"
set datafile commentschars "#"
set key top left
set xlabel "threads"
set ylabel "MB of articles a second"
set logscale x 2
set xrange [0.9:18]
set xtics (1, 2, 4, 8, 16)
set yrange [0:*]
set grid y
set style data yerrorlines
stats data using 3 nooutput
plot for [block = 0:STATS_blocks-1] data index block using 2:3:4:5 title columnheader(1) pointtype 7
