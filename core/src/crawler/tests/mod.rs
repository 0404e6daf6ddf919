mod addresses;
mod frontiers;
mod guards;
mod pages;
mod robots;
