// Apart from database.ts, so that one can ask for the database by name without loading what opens it.
export const DATABASE = 'allo-studio';
